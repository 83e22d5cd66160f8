from contract_tests.contract.exchange import Answer, Exchange, act
from contract_tests.verdict.response_times import ResponseTimes


def test_the_times_of_an_operation_are_a_median_a_95th_percentile_and_the_longest() -> None:
    times = ResponseTimes()
    for hundredths in range(1, 101):
        times.note(Exchange(act("acceptConnection", "caller", 1), Answer(200, (), b"", hundredths / 100), None, ""))
    times.note(Exchange(act("acceptConnection", "caller", 1), None, "lost", ""))
    assert times.as_results() == {"acceptConnection": {"answers": 100, "median": 0.505, "p95": 0.9505, "longest": 1.0}}


def test_one_answer_is_its_own_median_and_percentile() -> None:
    times = ResponseTimes()
    times.note(Exchange(act("rejectConnection", "caller", 1), Answer(200, (), b"", 0.25), None, ""))
    assert times.as_results() == {"rejectConnection": {"answers": 1, "median": 0.25, "p95": 0.25, "longest": 0.25}}
