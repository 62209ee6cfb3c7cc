# Sourced by run, bench, gallery and install, which set $root: builds the command, whose path is $lunette then.
. "$root/Scripts/dependencies.sh"
swift build --package-path "$root" -c release --product lunette >&2
lunette="$(swift build --package-path "$root" -c release --show-bin-path)/lunette"
