# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154
# Sourced by image.sh and kmod/tests/run_guest.sh: the parts of a guest's initramfs that both make in the same way.
# Both set: packages (what fetch-packages.sh unpacked), kernel (the guest's, with modules and headers), kmod (our modules'
# sources), root (the folder that is packed).
#
# The same inputs give the same bytes: sorted names, no times, no owners, no paths of this machine. Uncompressed, so
# that the guest spends no instructions on unpacking.

# make_modules TO [VARIABLE=VALUE]: the modules that kmod/Kbuild names into the folder TO. KMOD_BUILT in the environment: a
# folder where they stay, for the next one who needs them of the same kernel; the tests make a dozen images.
make_modules() {
	to=$1
	shift
	built=$root.kmod
	[ -z "${KMOD_BUILT:-}" ] || built=$KMOD_BUILT/$( (cat "$kernel/vmlinuz" "$kmod/Kbuild" && echo "$*") | cksum | tr ' ' -)
	mkdir -p "${built%/*}"
	flock "${built%/*}" make -s -C "$kmod" module KDIR="$kernel/headers" OUT="$built" "$@" >"$root.log" 2>&1 || {
		tail -n 20 "$root.log" >&2
		rm -rf "$root.kmod" "$root.log"
		die "cannot build the modules of kmod${*:+ with $*}"
	}
	find "$built" -name '*.ko' -exec cp {} "$to/" \;
	rm -rf "$root.kmod" "$root.log"
}

# They are loaded at the start only where add_module asks for it.
build_modules() { make_modules "$root/modules"; }

# put_module NAME: as add_module, for one that is loaded by who needs it.
put_module() {
	cp "$root/modules/order" "$root.order"
	add_module "$1"
	mv "$root.order" "$root/modules/order"
}

# add_module NAME: its file name in the kernel's tree, or one of ours; with "?" behind it, one that a kernel may lack. The
# names go to modules/order, in the order of loading.
add_module() {
	name=${1%%\?*}
	file=$kernel/modules/$name.ko
	to=$root/modules/${name##*/}.ko
	if [ -e "$file" ]; then
		cp "$file" "$to"
	elif [ -e "$file.xz" ]; then
		xz -dc "$file.xz" >"$to"
	elif [ -e "${file%.ko}.builtin" ]; then # kernel_import.sh: it is in the kernel itself
		return 0
	elif [ "$1" != "$name" ]; then
		return 0
	elif [ ! -e "$to" ]; then
		die "the guest's kernel has no module $name"
	fi
	echo "${name##*/}.ko" >>"$root/modules/order"
}

# add_libraries FOLDER PROGRAM [MORE]: what the program needs, out of the packages unpacked there, by their own loader;
# and out of those in MORE.
add_libraries() {
	path=$1/lib/x86_64-linux-gnu:$1/usr/lib/x86_64-linux-gnu
	[ -z "${3:-}" ] || path=$path:$3/usr/lib/x86_64-linux-gnu:$3/lib/x86_64-linux-gnu
	# The packages' own, not what their absolute link would find on this machine.
	loader=$(find "$1" -name 'ld-linux-x86-64.so.2' -type f | head -n 1)
	mkdir -p "$root/lib64" "$root/lib/x86_64-linux-gnu"
	cp "$loader" "$root/lib64/"
	"$loader" --inhibit-cache --list --library-path "$path" "$2" >"$root.list"
	grep -v -e "$1/" -e "${3:-$1}/" "$root.list" | grep '=>' && die "${2##*/} needs libraries that the guest's packages lack"
	sed -n 's/^[^>]*=> \([^ ]*\) (.*/\1/p' "$root.list" | while read -r lib; do
		cp -L "$lib" "$root/lib/x86_64-linux-gnu/"
	done
	rm -f "$root.list"
}

add_busybox() {
	mkdir -p "$root/bin"
	cp -L "$(find "$packages/guest" -path "*/bin/busybox" -type f | head -n 1)" "$root/bin/busybox"
	for name in $("$root/bin/busybox" --list); do
		[ "$name" = busybox ] || ln -s busybox "$root/bin/$name"
	done
}

# pack OUT
pack() {
	find "$root" -exec touch -h -d @0 {} +
	find "$root" -type f -exec chmod 755 {} +
	(cd "$root" && find . | LC_ALL=C sort | cpio -o -H newc --reproducible --owner=0:0 --quiet) >"$1.tmp"
	mv "$1.tmp" "$1"
}
