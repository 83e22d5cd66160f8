"""RSA keys for logins: one file for each user."""

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # imported where a key is read: without keys the pods start a seventh faster
    from cryptography.hazmat.primitives.asymmetric import rsa

_BITS = 2048


class KeyFileError(Exception):
    """A key file cannot be read or written; the message says why."""


def key_file(folder: Path, username: str) -> Path:
    """The file of a user's private key."""
    return folder.resolve() / f"{username}.pem"


def public_key(folder: Path, username: str) -> "rsa.RSAPublicKey":
    """The public key of a user. A missing private key is made; only the file's owner can read it.

    Args:
        folder: The folder of the key files; it is made if it is missing.
        username: The name of the file, without its suffix.

    Raises:
        KeyFileError: The file cannot be written, or it is not an RSA key in PEM without a password.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    path = key_file(folder, username)
    try:
        if not path.exists():
            _write(path)
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise KeyFileError(f"{path}: {error.strerror}.") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyFileError(
            f"{path} is not a private key in PEM without a password. Remove the file to get a new key."
        ) from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise KeyFileError(f"{path} is not an RSA key. Remove the file to get a new key.")
    return key.public_key()


def _write(path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
    path.parent.mkdir(parents=True, exist_ok=True)
    # mkstemp makes the file readable by its owner only; the link appears whole, even if two processes write.
    descriptor, unfinished = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with contextlib.suppress(FileExistsError):
        os.link(unfinished, path)
    os.unlink(unfinished)
