# Sourced by run, bench, gallery and install, which set $root: builds the command, whose path is $lunette then.
. "$root/Scripts/dependencies.sh"
# Builds a product in the folder that dependencies.sh chose, and prints its path.
build() {
    set -- "$1" --package-path "$root" --scratch-path "$root/$scratch" -c release
    product=$1
    shift
    swift build "$@" --product "$product" >&2 && echo "$(swift build "$@" --show-bin-path)/$product"
}
lunette=$(build lunette)
