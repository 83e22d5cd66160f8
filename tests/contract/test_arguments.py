from pathlib import Path

import pytest

from contract_tests.__main__ import main


@pytest.mark.parametrize("option", ["--target", "--known"])
def test_a_tilde_in_a_path_is_the_home_folder(
    option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert main(["run", f"{option}=~/missing.toml"]) == 2
    assert f"{tmp_path}/missing.toml: " in capsys.readouterr().err


@pytest.mark.parametrize("command", [("run",), ("fuzz",), ("clean",), ("token", "caller")])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[pod]\nurll = "https://a/pod"', "{file}: [pod] urll: there is no such setting. Is url meant?"),
        ("[caller]\nuser_id = 1", "{file}: expected [pod] url, the base address of the caller's pod."),
    ],
)
def test_every_command_takes_a_target_file_and_says_the_same_of_a_wrong_one(
    command: tuple[str, ...], text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "pod.toml"
    file.write_text(text, encoding="utf-8")
    assert main([*command, "--target", str(file)]) == 2
    assert capsys.readouterr().err.startswith(f"contract: {said.format(file=file)}")


def test_a_tilde_in_the_path_of_the_output_is_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert main(["report", "--output=~/results"]) == 2
    assert f"{tmp_path}/results/results.jsonl: " in capsys.readouterr().err


def test_a_home_folder_that_there_is_not_gives_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["report", "--output=~no-such-user/results"])
    assert ended.value.code == 2
    assert "~no-such-user/results" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("rules", "sesion-missing-refused"),
            "no such rule: sesion-missing-refused. Is session-missing-refused meant?",
        ),
        (("rules", "answer_json"), "no such rule: answer_json. Is answer-json meant?"),
        (("run", "--select", "answer-jsn"), "--select: no such rule: answer-jsn. Is answer-json meant?"),
        (("run", "--select", "answer-json,sesion-*"), "--select: no such rule: sesion-*. Is session-* meant?"),
    ],
)
def test_a_mistyped_rule_is_answered_with_the_nearest(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(list(arguments)) == 2
    assert capsys.readouterr().err == f"contract: {said} `python -m contract_tests rules` lists them.\n"


def test_a_name_that_is_like_no_rule_s_is_answered_without_a_guess(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "xyzzy"]) == 2
    assert capsys.readouterr().err == ("contract: no such rule: xyzzy. `python -m contract_tests rules` lists them.\n")


def test_what_a_message_repeats_acts_on_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "\x1b[2J\u202e::error::x"]) == 2
    assert capsys.readouterr().err.startswith(r"contract: no such rule: \x1b[2J\u202e::error::x.")
