#!/bin/sh
# Puts axe-core, which looks for what keeps people out of a page, into .cache/axe/, for tests.
set -eu
cd "$(dirname "$0")/.."
version=$(sed -n 's/^VERSION = "\(.*\)"$/\1/p' tests/browser/axe.py)
folder=.cache/axe

mkdir -p "$folder"
if [ -f "$folder/axe.min.js" ] && [ "$(cat "$folder/version" 2>/dev/null)" = "$version" ]; then
    exit 0
fi
npm pack --silent --pack-destination "$folder" "axe-core@$version" > /dev/null
tar -xzf "$folder/axe-core-$version.tgz" -C "$folder" --strip-components=1 package/axe.min.js
rm "$folder/axe-core-$version.tgz"
echo "$version" > "$folder/version"
