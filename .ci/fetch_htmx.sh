#!/bin/sh
# Puts the htmx that pages load into .cache/htmx/, for tests in a browser that has no internet.
set -eu
cd "$(dirname "$0")/.."
version=$(sed -n 's/^VERSION = "\(.*\)"$/\1/p' webapp/htmx.py)
folder=.cache/htmx

mkdir -p "$folder"
if [ -f "$folder/htmx.min.js" ] && [ "$(cat "$folder/version" 2>/dev/null)" = "$version" ]; then
    exit 0
fi
npm pack --silent --pack-destination "$folder" "htmx.org@$version" > /dev/null
tar -xzf "$folder/htmx.org-$version.tgz" -C "$folder" --strip-components=2 package/dist/htmx.min.js
rm "$folder/htmx.org-$version.tgz"
echo "$version" > "$folder/version"
