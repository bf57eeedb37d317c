"""Settings: one TOML file, the environment on top, and nothing that is not known by name.

A key `pool_size` of section `[database]` is also `FEDI_DATABASE_POOL_SIZE`; a key without a section
is `FEDI_KEY`. A secret may also lie in a file: `FEDI_DATABASE_URL_FILE`. Lists and tables in the
environment are JSON; a list may also be written with commas. Reading happens in `load_settings`,
never at import.
"""

from fedi.config.load import default_of, env_name, list_keys, load_settings
from fedi.config.settings import ConfigError, Settings

__all__ = ["ConfigError", "Settings", "default_of", "env_name", "list_keys", "load_settings"]
