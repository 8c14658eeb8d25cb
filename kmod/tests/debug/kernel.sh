#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# kernel.sh CACHE [VERSION]: a kernel that looks for mistakes, built from Debian's package linux-source-VERSION (of this
# release's own kernel, if none is named) with what kernel.config has beside allnoconfig. It prints the folder's name:
#
#   CACHE/debug-kernel-HASH/{vmlinuz,headers,modules,config}   laid out as fetch-packages.sh does
#
# HASH is of the sources' version, of kernel.config and of the compiler: when the folder is there, nothing is done. The
# package stays in CACHE/linux-source-VERSION. 20 minutes on two free cores; nothing is installed.
#
# kernel.sh --config FOLDER: only configures the sources in FOLDER, and says what of kernel.config they do not take.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
wanted=$here/kernel.config

# The lines of kernel.config for the kernel in the current folder.
asked_for() {
	own=$(make -s kernelversion | cut -d. -f1,2)
	sed -n -e "s/^$own: //" -e '/^\(# \)\{0,1\}CONFIG_/p' "$wanted"
}

configure_kernel() {
	asked_for >.wanted
	make -s allnoconfig ARCH=x86_64 KCONFIG_ALLCONFIG=.wanted >.config.log 2>&1 || { cat .config.log >&2; return 1; }
	if grep -vxFf .config .wanted >&2; then
		echo "kernel.config: this kernel does not take these lines" >&2
		return 1
	fi
}

if [ "$1" = --config ]; then
	cd "$2"
	configure_kernel
	exit
fi

cache=$1
version=${2:-}
lab_scripts=$here/../../../harness/testbeds/lab
. "$lab_scripts/packages.sh"

for tool in flex bison bc make gcc xz flock; do
	command -v $tool >/dev/null || die "no $tool here: 'sh harness/install-deps.sh debug' installs what a kernel is built with"
done

fetch_source() { # to CACHE/linux-source-VERSION; version is known then
	if [ -n "$version" ] && [ -s "$cache/linux-source-$version/versions" ]; then return 0; fi
	release
	out=$cache/linux-source tmp=$cache/linux-source.new
	[ -n "$version" ] || version=$(own_version)
	out=$out-$version
	[ ! -s "$out/versions" ] || return 0
	say "fetching linux-source-$version into $out: a kernel that looks for mistakes is built from it"
	configure
	(cd "$tmp/apt/archives" && apt-get -qq download "linux-source-$version" >"$tmp/apt/log" 2>&1) ||
		die "cannot fetch linux-source-$version: $(tail -n 1 "$tmp/apt/log")"
	unpack "$tmp"
	mv "$tmp/versions.new" "$tmp/versions"
	rm -rf "$tmp/apt" "$out"
	mv "$tmp" "$out"
}

# The kernel that the release has without backports.
own_version() {
	# shellcheck disable=SC2154 # packages.sh sets it
	case $suite in bookworm) echo 6.1 ;; *) echo 6.12 ;; esac
}

build() {
	cd "$new/linux"
	configure_kernel
	make -j"$(nproc)" ARCH=x86_64 bzImage modules >"$new/log" 2>&1 || {
		grep -m 5 -B 2 -A 8 'rror' "$new/log" >&2
		die "the kernel does not build: $new/log"
	}
}

# What a module is built against stays, and no more: a tenth of it.
lay_out() {
	cp .config "$new/config"
	mv arch/x86/boot/bzImage "$new/vmlinuz"
	find . -name '*.ko' | while read -r module; do
		mkdir -p "$new/modules/$(dirname "$module")"
		strip -g -o "$new/modules/$module" "$module"
	done
	ln -s linux "$new/headers"
	find . \( -path ./scripts -o -path ./tools -o -path ./include \) -prune -o -type f \
		\( -name '*.[aocS]' -o -name '*.ko' -o -name '*.cmd' -o -name '*.mod' -o -name '*.dts*' \) -exec rm {} +
	rm -rf Documentation vmlinux vmlinux.* .tmp_* samples sound drivers fs
}

mkdir -p "$cache"
exec 9>"$cache/debug-kernel.lock"
flock 9 # one builds, others wait for it
fetch_source
hash=$( (cat "$cache/linux-source-$version/versions" "$wanted" && gcc --version) | sha256sum | cut -c1-16)
kernel=$cache/debug-kernel-$hash
echo "$kernel"
[ ! -e "$kernel/vmlinuz" ] || exit 0
say "building $(cat "$cache/linux-source-$version/versions") with kernel.config into $kernel: up to 20 minutes on two free cores"
new=$kernel.new
rm -rf "$new"
mkdir -p "$new/linux"
tar -xf "$cache/linux-source-$version/usr/src/linux-source-$version.tar.xz" -C "$new/linux" --strip-components=1 \
	--exclude='*/boot/dts' --exclude='*/Documentation/[!K]*' --exclude='*/tools/testing' --exclude='*/drivers/gpu/*.[ch]' \
	--exclude='*/drivers/media/*.[ch]' --exclude='*/drivers/staging/*.[ch]' --exclude='*/sound/*.[ch]'
start=$(date +%s)
build
lay_out
say "built in $(($(date +%s) - start)) s on $(nproc) CPUs"
cd "$cache"
mv "$new" "$kernel"
