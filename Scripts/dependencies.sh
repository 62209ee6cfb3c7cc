# Sourced by test and build.sh where $root is the checkout: makes sure that all the build needs is there, and what $tools
# names. Debian's packages are installed by name, with sudo where not root; elsewhere they are named and the script
# stops.
# $scratch is the build's folder: one for each processor, if LUNETTE_MARCH names another than the one at hand.
scratch=.build${LUNETTE_MARCH:+-$LUNETTE_MARCH}
# The compiler keeps C's modules with the build, and not in a home, where it may not be able to write.
export CLANG_MODULE_CACHE_PATH="$root/$scratch/clang"

packages="libopenblas-dev libnifti-dev libreadline-dev liblua5.4-dev libcairo2-dev libzip-dev zlib1g-dev libzmq3-dev libsodium-dev libseccomp-dev libcmark-gfm-dev libcmark-gfm-extensions-dev libxml2-dev lua-argparse fonts-dejavu-core ${tools:-}"

missing=""
for package in $packages; do
    if ! dpkg-query --show --showformat='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed; then
        missing="$missing $package"
    fi
done

if [ -n "$missing" ]; then
    if ! command -v apt-get >/dev/null; then
        echo "Lunette needs these Debian packages, or their like on your system:$missing" >&2
        exit 1
    fi
    sudo=""
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "Lunette needs Debian packages; as root, run: apt-get install$missing" >&2
            exit 1
        fi
        sudo="sudo"
    fi
    echo "Installing$missing" >&2
    $sudo apt-get update -qq >&2
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >&2
fi

if ! command -v swift >/dev/null; then
    echo "Lunette is built with Swift 6.2 or newer, which was not found: see https://www.swift.org/install" >&2
    exit 1
fi
