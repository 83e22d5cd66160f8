"""Where a pod keeps its state: in memory, or in a file. Both have the same methods, and a test compares them."""

from .file_store import FileStore
from .memory_store import MemoryStore

Store = MemoryStore | FileStore
