// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds libpcap, however it came into the process. The loader's lock is never waited for with one of ours held. */
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture-impls/ykvm/pcap/library.h"

#define CACHED 64 /* callers a thread remembers: a program has few that it calls often */
#define ANY "pcap_lib_version" /* a libpcap is what has this function: no other wrapper stands in front of it */

static struct library *_Atomic libraries; /* the newest first */
static const struct library *_Atomic oldest;

static _Thread_local struct {
	const void *caller;
	const struct library *library;
} cache[CACHED] __attribute__((tls_model("initial-exec"))); /* no memory is asked for in a signal handler */

/*
 * dlvsym() has nobody in front of it. The versions: of glibc before 2.34 on
 * amd64 and arm64, and since. A sanitizer asks by dlsym() before it can check.
 */
LIBRARY_UNCHECKED void *(*library_dlsym(void))(void *, const char *)
{
	static const char *const versions[] = { "GLIBC_2.34", "GLIBC_2.2.5", "GLIBC_2.17" };
	static void *_Atomic found;
	size_t i;

	for (i = 0; !atomic_load(&found) && i < sizeof(versions) / sizeof(versions[0]); i++)
		atomic_store(&found, dlvsym(RTLD_NEXT, "dlsym", versions[i]));
	return (void *(*)(void *, const char *))atomic_load(&found);
}

static const struct link_map *map_of(const void *address)
{
	struct link_map *map = NULL;
	Dl_info info;

	return address && dladdr1(address, &info, (void **)&map, RTLD_DL_LINKMAP) ? map : NULL;
}

/* A handle that keeps it in the process; the program's own has no name. */
static void *handle_on(const char *name)
{
	return dlopen(name[0] ? name : NULL, RTLD_NOLOAD | RTLD_LAZY);
}

static struct library *listed(const struct link_map *map)
{
	struct library *l = atomic_load(&libraries);

	while (l && l->map != map)
		l = atomic_load(&l->next);
	return l;
}

/*
 * Of the libpcap that all see, each function as the loader finds it behind ours:
 * others that are preloaded may stand in front of it, too.
 */
static struct library *new_library(const struct link_map *map)
{
	struct library *l = calloc(1, sizeof(*l));
	void *handle = handle_on(map->l_name),
	     *from = map_of(library_dlsym()(RTLD_NEXT, ANY)) == map ? RTLD_NEXT : handle;

	if (!l || !handle) {
		free(l);
		return NULL;
	}
	l->map = map;
#define LIBRARY_LOOK_UP(name) *(void **)&l->name = library_dlsym()(from, #name);
	LIBRARY_STOOD_IN(LIBRARY_LOOK_UP)
	LIBRARY_USED(LIBRARY_LOOK_UP)
#undef LIBRARY_LOOK_UP
	return l;
}

/* Two threads may list the same one: either serves. */
static const struct library *list(struct library *l)
{
	const struct library *none = NULL;
	struct library *head = atomic_load(&libraries);

	if (!l)
		return NULL;
	do
		atomic_store(&l->next, head);
	while (!atomic_compare_exchange_weak(&libraries, &head, l));
	atomic_compare_exchange_strong(&oldest, &none, l);
	return l;
}

const struct library *library_owning(const void *function)
{
	const struct link_map *map = map_of(function);
	const struct library *l;

	if (!map || map == map_of((const void *)library_owning))
		return NULL;
	l = listed(map);
	return l ? l : list(new_library(map));
}

/* The one that an object, or what it needs, has. */
static const struct library *through(const char *name)
{
	void *handle = handle_on(name);
	const struct library *l = handle ? library_owning(library_dlsym()(handle, ANY)) : NULL;

	if (handle)
		dlclose(handle);
	return l;
}

/* In the global scope, behind ours: the program is linked to it, or loaded it for all. */
static const struct library *global(void)
{
	return library_owning(library_dlsym()(RTLD_NEXT, ANY));
}

struct names {
	char **name;
	size_t n;
};

static int add_name(struct dl_phdr_info *info, size_t size, void *to)
{
	struct names *all = to;
	char **more = realloc(all->name, (all->n + 1) * sizeof(*more));

	(void)size;
	if (more) {
		all->name = more;
		all->name[all->n] = strdup(info->dlpi_name);
		all->n += all->name[all->n] != NULL;
	}
	return 0;
}

/* Whichever object has one. The names first: nothing may be opened while the loader's list is held. */
static const struct library *anywhere(void)
{
	const struct library *l = NULL;
	struct names all = { 0 };
	size_t i;

	dl_iterate_phdr(add_name, &all);
	for (i = 0; i < all.n; i++) {
		l = l ? l : through(all.name[i]);
		free(all.name[i]);
	}
	free(all.name);
	return l;
}

/* Somebody asked for functions of libpcap's by name and found ours, though there is none of libpcap yet. */
static const struct library *installed(void)
{
	static const char *const names[] = { "libpcap.so.0.8", "libpcap.so.1", "libpcap.so" };
	const struct library *l = NULL;
	void *handle;
	size_t i;

	for (i = 0; !l && i < sizeof(names) / sizeof(names[0]); i++) {
		handle = dlopen(names[i], RTLD_LAZY | RTLD_LOCAL);
		l = handle ? library_owning(library_dlsym()(handle, ANY)) : NULL;
	}
	return l;
}

const struct library *library_default(void)
{
	const struct library *l = global();

	l = l ? l : atomic_load(&oldest);
	l = l ? l : anywhere();
	return l ? l : installed();
}

bool library_inside(const void *caller)
{
	const struct link_map *map = map_of(caller);
	const struct library *l = map && map->l_name[0] ? through(map->l_name) : NULL;

	return l && l->map == map;
}

static const struct library *find(const void *caller)
{
	const struct link_map *map = map_of(caller);
	const struct library *own = map && map->l_name[0] ? through(map->l_name) : NULL, *l;

	if (own && own->map == map)
		return own;
	l = global();
	l = l ? l : own;
	return l ? l : library_default();
}

static const struct library **slot_of(const void *caller, bool *hit)
{
	size_t i = ((size_t)caller ^ (size_t)caller >> 6) % CACHED;

	*hit = cache[i].caller == caller && cache[i].library;
	if (!*hit)
		cache[i].library = NULL;
	cache[i].caller = caller;
	return &cache[i].library;
}

const struct library *library_of(const void *caller)
{
	bool hit;
	const struct library **slot = slot_of(caller, &hit);

	if (!hit) {
		*slot = find(caller);
		dlerror(); /* none of the caller's */
	}
	return *slot;
}

const struct library *library_known(const void *caller)
{
	const struct library *l = atomic_load(&libraries);

	return l && l == atomic_load(&oldest) ? l : library_of(caller);
}
