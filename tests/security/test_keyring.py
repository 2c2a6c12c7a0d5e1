"""The keyring: valid passwords, a private file, and no secret in any text."""

import json
import re
import stat
import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubsim_simulator.broker.errors import BadKeyring, FileStands, HubRevoked, UnknownUser
from hubsim_simulator.broker.keyring import MIN_PASSWORD_LENGTH, Keyring, write_private

HUB, OTHER = "0000AAAA", "0000BBBB"
STATIONS = ("cloud", "simulator", "bench")
KEYRING = Keyring.new()
USERS = st.one_of(st.from_regex(r"[0-9A-F]{8}", fullmatch=True), st.sampled_from(STATIONS))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "keyring.json"
    KEYRING.save(file)
    return file


@given(USERS)
def test_a_user_is_accepted_with_its_password_only(user: str) -> None:
    password = KEYRING.password(user)

    assert KEYRING.accepts(user, password)
    assert not KEYRING.accepts(user, password[:-1])
    assert not KEYRING.accepts(user, password + " ")
    assert not KEYRING.accepts(user, "")
    assert not Keyring.new().accepts(user, password)


@given(USERS, USERS)
def test_no_two_users_have_the_same_password(one: str, two: str) -> None:
    assert KEYRING.accepts(two, KEYRING.password(one)) == (one == two)


@given(st.text(), st.text())
def test_random_credentials_are_refused(user: str, password: str) -> None:
    assert not KEYRING.accepts(user, password)


def test_a_password_is_easy_to_type_and_has_125_bits() -> None:
    passwords = [KEYRING.password(user) for user in (HUB, OTHER, *STATIONS)]

    assert all(re.fullmatch(r"[a-z2-7]{5}(-[a-z2-7]{5}){4}", password) for password in passwords)
    assert len(set(passwords)) == len(passwords)


def test_an_unknown_user_has_no_password() -> None:
    with pytest.raises(UnknownUser, match="'nobody' is not a user"):
        KEYRING.password("nobody")


def test_a_revoked_hub_is_refused_and_the_others_keep_their_passwords() -> None:
    revoked = KEYRING.without([HUB])

    assert not revoked.accepts(HUB, KEYRING.password(HUB))
    assert revoked.password(OTHER) == KEYRING.password(OTHER)
    assert revoked.cloud == KEYRING.cloud
    with pytest.raises(HubRevoked, match=HUB):
        revoked.password(HUB)


def test_a_loaded_keyring_equals_the_saved_one(tmp_path: Path) -> None:
    keyring = KEYRING.without([HUB, OTHER])

    keyring.save(tmp_path / "k")

    assert Keyring.load(tmp_path / "k") == keyring


def test_the_file_is_private(file: Path) -> None:
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_is_overwritten_only_on_request(file: Path) -> None:
    with pytest.raises(FileStands, match="exists already"):
        Keyring.new().save(file)
    assert Keyring.load(file) == KEYRING

    KEYRING.without([HUB]).save(file, overwrite=True)

    assert Keyring.load(file) == KEYRING.without([HUB])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_a_failed_write_leaves_no_temporary_file(tmp_path: Path) -> None:
    folder = tmp_path / "occupied"
    folder.mkdir()

    with pytest.raises(OSError, match="occupied"):
        write_private(folder, "secret", overwrite=True)

    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644, 0o777])
def test_a_file_that_others_can_access_is_refused(file: Path, mode: int) -> None:
    file.chmod(mode)

    with pytest.raises(BadKeyring, match=f"other users have access .mode {mode:04o}.: run 'chmod 600"):
        Keyring.load(file)


def test_the_error_for_a_missing_file_names_the_command_that_creates_it(tmp_path: Path) -> None:
    with pytest.raises(BadKeyring, match=r"No such file.*hubsim credentials new"):
        Keyring.load(tmp_path / "none")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("cloud", None, r"Expected `str`, got `null` - at `\$.cloud`"),
        ("cloud", "x" * (MIN_PASSWORD_LENGTH - 1), r"length >= 16 - at `\$.cloud`"),
        ("hub_key", "c2hvcnQ=", r"\$.hub_key"),
        ("hub_key", "not base64!", r"\$.hub_key"),
        ("revoked", ["entrance"], r"\$.revoked"),
        ("revoked", [HUB + "\n"], r"\$.revoked"),
        ("surprise", 1, "unknown field `surprise`"),
    ],
)
def test_the_error_for_a_malformed_file_names_the_place_and_shows_no_secret(
    file: Path, key: str, value: object, message: str
) -> None:
    content = json.loads(file.read_text(encoding="utf-8"))
    write_private(file, json.dumps(content | {key: value}), overwrite=True)

    with pytest.raises(BadKeyring, match=message) as caught:
        Keyring.load(file)

    text = "".join(traceback.format_exception(caught.value))
    assert not any(secret in text for secret in secrets_of(content))


@pytest.mark.parametrize("missing", ["cloud", "simulator", "bench", "hub_key"])
def test_a_file_without_one_of_its_secrets_is_refused(file: Path, missing: str) -> None:
    content = json.loads(file.read_text(encoding="utf-8"))
    del content[missing]
    write_private(file, json.dumps(content), overwrite=True)

    with pytest.raises(BadKeyring, match=missing):
        Keyring.load(file)


@given(st.binary(max_size=200))
def test_any_bytes_give_a_keyring_or_a_bad_keyring_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    file = tmp_path_factory.mktemp("random") / "k"
    write_private(file, "")
    file.write_bytes(data)

    with pytest.raises(BadKeyring):
        Keyring.load(file)


def test_a_file_above_the_size_limit_is_refused(file: Path) -> None:
    file.write_text(" " * 4 * 1024 * 1024 + file.read_text(encoding="utf-8"), encoding="utf-8")

    with pytest.raises(BadKeyring, match="more than 4194304 bytes"):
        Keyring.load(file)


def test_the_text_form_of_a_keyring_contains_no_secret() -> None:
    texts = f"{KEYRING!r} {KEYRING} {[KEYRING]}"

    assert texts == "Keyring(0 hubs revoked) Keyring(0 hubs revoked) [Keyring(0 hubs revoked)]"


def secrets_of(content: dict[str, object]) -> list[str]:
    return [str(content[name]) for name in ("cloud", "simulator", "bench", "hub_key")]
