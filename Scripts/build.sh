# Sourced by run, bench, gallery and install, which set $root: builds the command, whose path is $lunette then.
. "$root/Scripts/dependencies.sh"
swift build --package-path "$root" --scratch-path "$root/$scratch" -c release --product lunette >&2
lunette="$(swift build --package-path "$root" --scratch-path "$root/$scratch" -c release --show-bin-path)/lunette"
