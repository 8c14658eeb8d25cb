// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of devices. */
#include <net/if.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture-impls/ykvm/pcap/device.h"

#define BETWEEN " \t\n"

static const struct kind {
	const char *name;
	bool tap, zerocopy;
} kinds[] = {
	{ "ykvm", false, false },
	{ "ykvm-tap", true, false },
	{ "ykvm-zc", false, true },
};

static const struct kind *kind_of(const char *name, size_t bytes)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strlen(kinds[i].name) == bytes && !strncmp(name, kinds[i].name, bytes))
			return &kinds[i];
	return NULL;
}

static int is(const struct kind *kind, const char *ifname, struct device *d)
{
	*d = (struct device) { .ifname = ifname, .tap = kind->tap, .zerocopy = kind->zerocopy };
	return 1;
}

static int bad_word(const char *word, size_t bytes, char *err)
{
	snprintf(err, PCAP_ERRBUF_SIZE, DEVICE_ENVIRONMENT ": '%.*s' is not INTERFACE=ykvm, =ykvm-tap or =ykvm-zc",
		 (int)bytes, word);
	return -1;
}

/* One word: 1 if it names the interface; the last "=" counts, as a name may have one. */
static int mapped(const char *word, size_t bytes, const char *ifname, struct device *d, char *err)
{
	const char *equals = memrchr(word, '=', bytes);
	const struct kind *kind = equals ? kind_of(equals + 1, (size_t)(word + bytes - equals - 1)) : NULL;
	size_t named = equals ? (size_t)(equals - word) : 0;

	if (!kind || named == 0 || named >= IF_NAMESIZE)
		return bad_word(word, bytes, err);
	return strlen(ifname) == named && !strncmp(word, ifname, named) ? is(kind, ifname, d) : 0;
}

/* Every word is looked at: a mistake is said, whichever device is opened. The last one that names the interface counts. */
static int by_environment(const char *name, struct device *d, char *err)
{
	const char *word = getenv(DEVICE_ENVIRONMENT);
	int ret, found = 0;
	size_t bytes;

	for (word = word ? word : ""; *(word += strspn(word, BETWEEN)); word += bytes) {
		bytes = strcspn(word, BETWEEN);
		ret = mapped(word, bytes, name, d, err);
		if (ret < 0)
			return ret;
		found |= ret;
	}
	return found;
}

int device_parse(const char *name, struct device *d, char *err)
{
	const char *colon = name ? strchr(name, ':') : NULL;
	const struct kind *kind = colon ? kind_of(name, (size_t)(colon - name)) : NULL;

	if (kind)
		return is(kind, colon + 1, d);
	return by_environment(name ? name : "any", d, err);
}
