// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who loads libpcap with dlopen() asks it for its functions by name, and gets them past everything that is preloaded.
 * So dlsym() is stood in for, too: asked for a function that ours stand in front of, it gives ours.
 */
#include <dlfcn.h>
#include <string.h>

#include "capture-impls/ykvm/pcap/library.h"

static const struct {
	const char *name;
	void *function;
} ours[] = {
#define OURS(name) { #name, (void *)name },
	LIBRARY_STOOD_IN(OURS)
#undef OURS
};

static void *stand_in(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (!strcmp(ours[i].name, name))
			return ours[i].function;
	return NULL;
}

/* Of the libpcap that ours would call for it, else libpcap's: a second one in a process keeps its own functions. */
__attribute__((noinline)) static void *ours_or(void *theirs, const char *name)
{
	const struct library *l = theirs ? library_owning(theirs) : NULL;
	bool is_ours = l && l == library_default();

	if (theirs)
		dlerror(); /* of what was looked for beside: who asked found what it asked for */
	return is_ours ? stand_in(name) : theirs;
}

/*
 * What the loader answers to RTLD_NEXT and RTLD_DEFAULT depends on whose code asks. So it is jumped to, not called,
 * which gcc does with a call in this place when it optimizes.
 */
LIBRARY_UNCHECKED __attribute__((optimize("optimize-sibling-calls"))) void *dlsym(void *restrict handle,
										  const char *restrict name)
{
	if (handle == RTLD_NEXT || handle == RTLD_DEFAULT || strncmp(name, "pcap_", 5) || !stand_in(name))
		return library_dlsym()(handle, name);
	return ours_or(library_dlsym()(handle, name), name);
}
