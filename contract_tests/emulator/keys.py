"""RSA keys for logins, one a user, kept in files."""

import contextlib
import os
import tempfile
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

_BITS = 2048


class KeyFileError(Exception):
    """A key file cannot be read or written; the message says why."""


def key_file(folder: Path, username: str) -> Path:
    """Where the private key of a user is kept."""
    return folder.resolve() / f"{username}.pem"


def public_key(folder: Path, username: str) -> rsa.RSAPublicKey:
    """The public key of a user; the private one is made where there is none, readable by its owner alone.

    Args:
        folder: Made if missing.
        username: Whose.

    Raises:
        KeyFileError: The file cannot be written, or what is there is no RSA key in PEM without a password.
    """
    path = key_file(folder, username)
    try:
        if not path.exists():
            _write(path)
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise KeyFileError(f"{path}: {error.strerror}.") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyFileError(f"{path} is no private key in PEM without a password. Remove it for a new one.") from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise KeyFileError(f"{path} is no RSA key. Remove it for a new one.")
    return key.public_key()


def _write(path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Readable by its owner from the first byte on, and there whole or not at all, whoever else writes one.
    descriptor, unfinished = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with contextlib.suppress(FileExistsError):
        os.link(unfinished, path)
    os.unlink(unfinished)
