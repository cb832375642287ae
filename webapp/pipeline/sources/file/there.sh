# Tells what there.py asks about the files of a machine, which adds the calls and sets, in bytes:
# block, known, most_listed and most_unpacked. In the environment are the token that begins each
# answer, and the mark that begins each file in a list. Nothing but what POSIX has, and stat, find
# with -inum, head -c, xargs -0 and readlink -f, which GNU and busybox have.

LC_ALL=C
export LC_ALL

if stat -c %i / >/dev/null 2>&1; then
  style=-c facts='%f %d %i %s %y' name=%n itself=/dev/stdin
elif stat -f %i / >/dev/null 2>&1; then # as BSD has it
  style=-f facts='%Xp %d %i %z %Fm - -' name=%N itself=
else
  echo 'stat is missing there' >&2
  exit 3
fi

tell() {
  printf '%s %s\n' "$token" "$*"
}

# PATTERN: what matches it, unless it is a path itself.
matches() (
  if [ -e "$1" ] || [ -L "$1" ]; then
    tell itself
    exit
  fi
  tell found
  IFS=
  set -- $1
  printf '%s\0' "$@" | xargs -0 stat -L "$style" "$mark $facts $name" 2>/dev/null |
    head -c "$most_listed"
)

# INDEX PATH: whether nothing has that name.
gone() {
  [ -e "$2" ] || [ -L "$2" ] || tell gone "$1"
}

# INDEX PATH: where it leads, and what lies there; told once of files that lie together.
listed=none
beside() {
  real=$(readlink -f "$2" 2>/dev/null && printf x)
  real=${real%?x}
  [ -n "$real" ] || real=$2
  tell real "$1"
  printf %s "$real"
  [ "${real%/*}" != "$listed" ] || return 0
  listed=${real%/*}
  tell list "$1"
  find "$listed/." ! -name . -prune -type f -exec stat "$style" "$mark $facts $name" {} + \
    2>/dev/null | head -c "$most_listed"
}

# INDEX PATH IDENTITY PROGRAM OFFSET BYTES [FROM COUNT]...
# The facts of a file, what lies before OFFSET, its last BYTES, and COUNT blocks FROM each. IDENTITY:
# that very file or none; it may have another name by now. PROGRAM unpacks it.
look() (
  index=$1 path=$2 identity=$3 program=$4 offset=$5 bytes=$6
  shift 6
  [ -z "$identity" ] || [ "$(identity_of "$path")" = "$identity" ] || path=$(moved) || exit
  if why=$(closed "$path"); then
    tell closed "$index" "$why"
    exit
  fi
  exec <"$path"
  now=$(stat -L "$style" "$facts" $itself)
  [ -z "$identity" ] || [ "$(field 2 $now) $(field 3 $now)" = "$identity" ] || exit
  case $now in
    8???' '*) ;;
    *) tell closed "$index" 'it is not a regular file' && exit ;;
  esac
  identity="$(field 2 $now) $(field 3 $now)" size=$(field 4 $now)
  if [ -n "$program" ] && ! size=$(unpacked_size); then
    tell closed "$index" 'it cannot be unpacked'
    exit
  fi
  tell open "$index" "$size" "$now"
  give_ends
  while [ $# -gt 1 ]; do
    give "$1" "$2"
    shift 2
  done
)

identity_of() {
  stat -L "$style" '%d %i' "$1" 2>/dev/null
}

field() {
  shift "$1"
  printf %s "$1"
}

# Where the file is that had the path.
moved() {
  one=$(find "${path%/*}/." ! -name . -prune -inum "${identity#* }" -print | head -n 1)
  [ -n "$one" ] && printf %s "$one"
}

# PATH: why it is not read.
closed() {
  if [ ! -e "$1" ]; then
    echo 'No such file or directory, or no permission to look there'
  elif [ -d "$1" ]; then
    echo 'it is a directory, not a regular file'
  elif [ -p "$1" ]; then
    echo 'it is a FIFO, not a regular file'
  elif [ ! -f "$1" ]; then
    echo 'it is not a regular file'
  elif [ ! -r "$1" ]; then
    echo 'Permission denied'
  else
    return 1
  fi
}

# Of what can be unpacked to its end, and is not very large.
unpacked_size() {
  set -- $({ { "$program" -dc 2>/dev/null; echo $? >&4; } | head -c "$most_unpacked" | wc -c; } 4>&1)
  [ "$1" = 0 ] && printf %s "$2"
}

give_ends() {
  end=$((size / block + 1)) tail=$(((size > bytes ? size - bytes : 0) / block))
  [ "$bytes" -gt 0 ] && [ "$size" -gt 0 ] || tail=$end
  if [ "$offset" -gt 0 ] && [ "$offset" -le "$size" ]; then
    from=$(((offset > known ? offset - known : 0) / block)) to=$(((offset - 1) / block + 1))
    to=$((to < tail ? to : tail))
    [ "$from" -ge "$to" ] || give "$from" "$((to - from))"
  fi
  [ "$tail" = "$end" ] || give "$tail" "$((end - tail))"
}

# FROM COUNT: so many blocks, none of them before those that were given.
at=0
give() {
  tell blocks "$index" "$1"
  if [ -n "$program" ]; then
    unpacked | tail -c "+$(($1 * block + 1))" | head -c "$(($2 * block))"
  else
    dd bs="$block" skip="$(($1 - at))" count="$2" 2>/dev/null
    at=$(($1 + $2))
  fi
}

# From its start, which a pipe cannot go back to.
unpacked() (
  exec <"$path"
  now=$(stat -L "$style" '%d %i' $itself)
  [ "$now" = "$identity" ] && exec "$program" -dc 2>/dev/null
)
