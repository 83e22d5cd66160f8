"""Defects and variants, switched on and off while the pods run."""

from contract_tests.emulator.control.client import EmulatedPods
from tests.emulator.control.cast import Cast


def test_a_defect_and_a_variant_of_the_same_name_are_two(pods: EmulatedPods) -> None:
    pods.set_variant("any-media-type-taken", on=True)

    assert (pods.variants()["any-media-type-taken"], pods.defects()["any-media-type-taken"]) == (True, False)


def test_a_defect_is_switched_on_and_off_while_the_pods_run(pods: EmulatedPods, users: Cast) -> None:
    pods.set_connection(users.id("REQUESTER"), users.id("CALLER"), "PENDING")
    pods.set_defect("success-201", on=True)
    assert users.post("CALLER", "accept", users.id("REQUESTER")).status_code == 201

    pods.set_defect("success-201", on=False)

    assert users.post("CALLER", "accept", users.id("COLLEAGUE")).status_code == 200
    assert users.status("CALLER", users.id("REQUESTER")) == "ACCEPTED"


def test_what_is_under_way_arrives_after_a_switch(pods: EmulatedPods, users: Cast) -> None:
    users.post("REQUESTER", "create", users.id("CALLER"))
    pods.set_variant("only-the-status", on=True)

    assert pods.deliver_messages() == 1
    assert users.status("CALLER", users.id("REQUESTER")) == "PENDING_INCOMING"


def test_a_defect_that_is_off_leaves_nothing_behind(pods: EmulatedPods, users: Cast) -> None:
    pods.set_defect("token-in-the-reason-phrase", on=True)
    assert users.token("CALLER") in users.post("CALLER", "accept", users.id("STRANGER")).reason_phrase

    pods.set_defect("token-in-the-reason-phrase", on=False)

    assert users.post("CALLER", "accept", users.id("STRANGER")).reason_phrase == "Not Found"
