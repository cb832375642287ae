# Prints what is new in one log, after some of what is before it; see remote.py, which sets: path,
# keep (bytes), token, and of the last Run: device, inode, offset, digest, read_to, size; empty at
# the first. Nothing but what POSIX has, and stat, which GNU, busybox and BSD have.

fail() {
  echo "$1" >&2
  exit 3
}

facts() {
  stat -L -c '%d %i %s' "$1" 2>/dev/null || stat -L -f '%d %i %z' "$1"
}

# FILE FROM TO: the bytes between.
part() {
  [ "$3" -le "$2" ] || tail -c "+$(($2 + 1))" "$1" | head -c "$(($3 - $2))"
}

# FILE OFFSET: what tells it from another, as of the bytes before.
known_by() {
  part "$1" "$(($2 > 512 ? $2 - 512 : 0))" "$2" | cksum | tr ' ' -
}

# FILE SIZE: whether it holds what the last Run read.
goes_on() {
  [ "$2" -ge "$offset" ] && [ "$(known_by "$1" "$offset")" = "$digest" ]
}

# FILE SIZE: how many bytes are behind its last line end; a line that is very long is not waited for.
half() {
  if [ "$2" = 0 ] || [ -z "$(part "$1" "$(($2 - 1))" "$2")" ]; then
    echo 0
  else
    part "$1" "$(($2 > 65536 ? $2 - 65536 : 0))" "$2" |
      LC_ALL=C awk 'END { print length($0) < 65536 ? length($0) : 0 }'
  fi
}

# SIZE: where that begins which was not read.
begins() {
  [ "$1" = "$read_to" ] && echo "$read_to" || echo "$offset"
}

[ -e "$path" ] || fail "No such file or directory, or no permission to look there"
[ -f "$path" ] || fail "it is not a regular file"
[ -r "$path" ] || fail "Permission denied"
found=$(facts "$path") || fail "stat is missing there"
set -- $found
now_device=$1 now_inode=$2 now_size=$3

how=first old='' old_from=0 old_to=0 more=0
if [ -n "$offset" ]; then
  how=gap
  if [ "$now_device $now_inode" = "$device $inode" ] && goes_on "$path" "$now_size"; then
    how=same
  else
    for one in "$path".* "$path"-* "${path%.*}"-*; do
      case $one in *.gz | *.xz | *.bz2 | *.zst) continue ;; esac
      [ -f "$one" ] && [ -r "$one" ] || continue
      set -- $(facts "$one")
      [ "$offset" -gt 0 ] || [ "$1 $2" = "$device $inode" ] || continue
      goes_on "$one" "$3" || continue
      how=rotated old=$one old_from=$(begins "$3") old_to=$3
      break
    done
    for one in "$path".[0-9]* "$path"-[0-9]* "${path%.*}"-[0-9]*; do
      [ -n "$old" ] && [ "$one" != "$path" ] && [ "$one" -nt "$old" ] && more=1
    done
  fi
fi

end=$((now_size - $(half "$path" "$now_size")))
to=$end from=0
[ "$how" = first ] && to=$now_size
if [ "$how" = same ]; then
  from=$(begins "$now_size")
  [ "$end $now_size" = "$offset $size" ] && to=$now_size
fi
[ "$to" -ge "$from" ] || to=$from

fresh=$((old_to - old_from + to - from))
lost=$((fresh > keep ? fresh - keep : 0))
room=$((fresh > keep ? 0 : keep - fresh))
before=$path before_to=$from
[ -z "$old" ] || before=$old before_to=$old_from
before_from=$((before_to > room ? before_to - room : 0))
old_lost=$((lost < old_to - old_from ? lost : old_to - old_from))

echo "$now_device $now_inode $now_size $end $to $(known_by "$path" "$end") $how $more $fresh $lost" \
  "$before_from $old_to"
part "$before" "$before_from" "$before_to"
echo
echo "$token"
if [ -n "$old" ]; then
  part "$old" "$((old_from + old_lost))" "$old_to"
  [ "$(half "$old" "$old_to")" = 0 ] || echo
fi
part "$path" "$((from + lost - old_lost))" "$to"
