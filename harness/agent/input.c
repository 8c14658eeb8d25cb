// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The file that a trial reads, out of fw_cfg into the guest's own cache. By port, byte after byte: the kernel's file of it
 * has the length that it had before the snapshot, and skips all bytes before the page that is read.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>

#include "harness/agent/guest.h"
#include "harness/record/inputs.h"
#include "harness/util/file.h"
#include "harness/util/number.h"

#define PORT_SELECT 0x510
#define PORT_DATA 0x511
#define CACHE "/tmp/rxlab"

static int select_entry(struct err *e)
{
	static const char path[] = "/sys/firmware/qemu_fw_cfg/by_name/" LAB_FWCFG_INPUT "/key";
	char text[16];
	uint64_t key;
	int n = file_get_line(path, text, sizeof(text));

	if (n < 0 || number_parse(text, &key))
		return err_set(e, n < 0 ? n : -EPROTO, "%s: no key", path);
	outw((unsigned short)key, PORT_SELECT);
	return 0;
}

static int read_length(size_t *length, struct err *e)
{
	char head[LAB_INPUT_HEAD + 1] = "", *end;

	insb(PORT_DATA, head, LAB_INPUT_HEAD);
	*length = strtoul(head, &end, 10);
	return *end == '\n' && *length ? 0 : err_set(e, -EPROTO, "the file that the trial reads did not arrive");
}

int guest_input(const struct trial *t, struct err *e)
{
	const char *wanted = inputs_of_trial(t);
	char hash[SHA256_HEX], *bytes;
	size_t length;
	int r;

	setenv("RXLAB_CACHE", CACHE, 1);
	if (!wanted)
		return 0;
	r = select_entry(e);
	r = r ? r : read_length(&length, e);
	if (r)
		return r;
	bytes = malloc(length);
	if (!bytes)
		return err_set(e, -ENOMEM, "no memory for a file of %zu bytes", length);
	insb(PORT_DATA, bytes, length);
	r = inputs_keep(bytes, length, hash, e);
	free(bytes);
	return r;
}
