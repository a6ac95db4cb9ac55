"""Thirty kinds of secrets are replaced, and what only looks like one is left: ids, paths, names of runs."""

from __future__ import annotations

import shlex
import time

import pytest

from bisect_parity.redaction import REDACTED, Redactor, redact
from tests.planted import PLANTED

PLAIN = [
    "0e9dcb4f30b0a2d8e4f6c7a1b2c3d4e5f6a7b8c9",
    "sha256:" + "0123456789abcdef" * 4,
    "/usr/lib/python3.11/site-packages/Numpy/Core2/libX11.so.6",
    "run_64x64_f32_seed42_lr3e4_n16_20251009T095913Z",
    "benchmark-20251009-161714-cpu-float32-4096x4096-baseline",
    "TestConvergenceOfTheSecondOrderScheme2D",
    "--max-tokens 4096 --tokenizer bert-base-uncased --sort-key name1",
    "correlation_warm=0.9999984741695391 sum_ratio=1.0000124",
    "torch.nn.functional.scaled_dot_product_attention",
    "bisect_parity/evidence/formats/github_action_benchmark.py",
    "git log --format=%H%x00%P%x00%ct --date=raw HEAD~10..HEAD",
    "550e8400-e29b-41d4-a716-446655440000",
    "-c core.packedGitWindowSize=16m --pixelSizeInMetres2=0.000172",
    "-u 1000:1000 -m venv -O2 -march=native",
]


@pytest.mark.parametrize("name", PLANTED)
def test_a_secret_is_replaced_in_command_lines_and_in_what_a_run_says(name: str) -> None:
    secret, line = PLANTED[name]
    redactor = Redactor({}, shlex.split(line))
    assert secret not in redactor.text(line)
    assert secret not in " ".join(redactor.words(shlex.split(line)))
    assert REDACTED in redactor.text(line)


@pytest.mark.parametrize("text", PLAIN)
def test_what_only_looks_like_a_secret_is_left(text: str) -> None:
    redactor = Redactor({}, text.split(" "))
    assert redactor.text(text) == text
    assert redactor.words(text.split(" ")) == text.split(" ")


def test_the_value_of_a_secret_variable_is_replaced_wherever_it_stands() -> None:
    redactor = Redactor({"DB_PASSWORD": "correct horse", "MODE": "slow-and-steady"}, [])
    assert redactor.text("login correct horse ok, slow-and-steady") == f"login {REDACTED} ok, slow-and-steady"


def test_the_value_of_a_secret_option_is_replaced_wherever_it_stands() -> None:
    redactor = Redactor({}, ["login", "--password", "hunter22", "--retries", "hunter2"])
    assert redactor.words(["login", "--password", "hunter22"]) == ["login", "--password", REDACTED]
    assert redactor.text("trying hunter22") == f"trying {REDACTED}"


def test_plain_values_of_telling_names_are_no_secrets_elsewhere() -> None:
    redactor = Redactor({"USE_TOKEN": "false", "SSL_KEY": "/etc/ssl/key.pem"}, ["x", "--max-tokens", "40960"])
    assert redactor.text("false 40960 /etc/ssl/key.pem") == "false 40960 /etc/ssl/key.pem"


def test_a_private_key_is_replaced_over_all_its_lines() -> None:
    begin, end = "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----"
    assert redact(f"a\n{begin}\nMIIE\nabc\n{end}\nb") == f"a\n{REDACTED}\nb"
    assert redact(f"a\n{begin}\nMIIE\nab") == f"a\n{REDACTED}"


@pytest.mark.parametrize("secret", ["pa/ss", "p" * 200 + "/" + "s" * 50])
def test_a_password_in_an_address_may_hold_a_slash(secret: str) -> None:
    assert (
        redact(f"git clone https://me:{secret}@example.org/x")
        == f"git clone https://{REDACTED}@example.org/x"
    )


@pytest.mark.parametrize(
    "line",
    [
        "mkdir -p results/run",
        "cp -p a.txt b.txt",
        "mpirun -np 4 ./a.out -p fast",
        "docker run -p 8080:80 image",
        "docker run -p web image",
        "ssh -p 2222 host",
        "curl -b cookies.txt -u me https://e.org",
        "mysql -P 3306 -u root -p db",
        "sqlplus / as sysdb @dir/query.sql",
        "filter --high-pass butter --low_pass=cheby --pass 2 --pw=1.5",
        "squeue -u me -p gpu4",
        "srun -p gpu4 -u me python x.py",
        "python -u train.py -p configA",
        "sudo -u me frob -p Long7",
        "docker run -u me -p 127.0.0.1:80:80 image",
        "pytest -p no:cacheprovider",
        "frob -p A1 -P ResNet50",
        "docker pull repo/name:v1@sha256:abcdef",
        "git clone git@github.com:org/repo",
        "npm i npm:foo@1.2.3",
        "run --ref model:v2@main --auth-mode basic --sort-key name1",
        "starts 12:30@node.example.org",
        "mailto:a@example.org",
        "PASS: test_a",
        "BYPASS=layer3",
        "3 tests pass 1 fails",
        "password is required",
        "unzip -p archive.zip member.txt",
        "grep -r expdp src/lib",
        "frob -p data.txt -u user",
        "open the vault of tokens",
        "python secret.py --n 4",
        "plot secret sharing --n 4",
    ],
)
def test_letters_and_words_that_mean_something_else_are_left(line: str) -> None:
    assert redact(line) == line
    assert (
        Redactor({"BYPASS": "layer3", "HIGH_PASS": "butter"}, line.split()).words(line.split())
        == line.split()
    )


def test_a_long_word_is_searched_once_and_a_quoted_one_is_hidden_whole() -> None:
    started = time.process_time()
    assert redact("a-" * 20_000 + "passwd=hunter22").endswith(REDACTED)
    assert redact("token" * 8_000).endswith("token")
    assert redact("ssh-keygen -N 'ab;cd|ef' -f id; ls") == f"ssh-keygen -N {REDACTED} -f {REDACTED}; ls"
    Redactor({}, ["run", *(f"data/{number}" for number in range(60_000))])  # as a shell expands data/*
    assert time.process_time() - started < 5  # a minute and more where each beginning is tried


def test_a_secret_that_a_program_was_given_is_replaced_in_what_it_says() -> None:
    redactor = Redactor({"SSHPASS": "q7z3v8b1n"}, ["/usr/bin/mysql", "-prabbit-hole", "db"])
    assert redactor.text("using rabbit-hole, q7z3v8b1n") == "using REDACTED, REDACTED"
    assert redactor.words(["/usr/bin/mysql", "-prabbit-hole", "db"]) == ["/usr/bin/mysql", "-pREDACTED", "db"]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (
            "aws configure set aws_secret_access_key xyzzyplugh",
            "aws configure set aws_secret_access_key REDACTED",
        ),
        ("wandb login " + "0a1b2c3d" * 5, "wandb login REDACTED"),
        (
            "dvc remote modify s secret_access_key xyzzyplugh",
            "dvc remote modify s secret_access_key REDACTED",
        ),
        ("consul kv put db/pass xyzzyplugh", "consul kv put db/pass REDACTED"),
        ("openssl rsa -passin pass:xyzzyplugh -in x", "openssl rsa -passin REDACTED -in x"),
        ("twine upload -p xyzzyplugh x", "twine upload -p REDACTED x"),
        ("git add secret.txt other.txt", "git add secret.txt other.txt"),
        ("tool login registry --set mode fast", "tool login registry --set mode fast"),
        ("pytest -k login test_login_of_many_users_2", "pytest -k login test_login_of_many_users_2"),
    ],
)
def test_what_follows_set_and_login_is_replaced_where_it_is_a_secret(line: str, shown: str) -> None:
    assert Redactor({}, line.split()).words(line.split()) == shown.split()


@pytest.mark.parametrize("shell", ["sh -c", "bash -ec"])
def test_the_secrets_of_the_calls_that_a_shell_is_given_are_replaced(shell: str) -> None:
    line = "cd /x && vault kv put a k=xyzzyplugh; wandb login " + "0a1b2c3d" * 5 + " | tee 'a b'"
    argv = [*shell.split(), line]
    expected = "cd /x && vault kv put a k=REDACTED; wandb login REDACTED | tee 'a b'"
    assert Redactor({}, argv).words(argv) == [*shell.split(), expected]
    assert Redactor({}, argv).text(shlex.join(["record", "--", *argv])).count(REDACTED) == 2


def test_a_password_of_netrc_is_replaced_in_lines_of_its_own() -> None:
    assert redact("machine e.org\n  login me\n  password hunter\n") == (
        "machine e.org\n  login me\n  password REDACTED\n"
    )
