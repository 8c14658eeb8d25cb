// SPDX-License-Identifier: GPL-2.0-or-later
/* A snapshot's files, and whether they are unchanged. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/testbeds/lab/lab.h"
#include "harness/testbeds/lab/snapshot.h"
#include "harness/util/file.h"
#include "harness/util/sha256.h"

#define CHUNK ((off_t)2 << 20)
#define SEAL "ram_bytes=%" PRIu64 "\nram_sha256=%64s\ndevices_sha256=%64s\nram_changed_ns=%" PRIu64 "\n"

struct seal {
	uint64_t ram_bytes, ram_changed_ns;
	char ram[SHA256_HEX], devices[SHA256_HEX];
};

void snapshot_name(struct snapshot *s, const char *folder)
{
	snprintf(s->folder, sizeof(s->folder), "%s", folder);
	snprintf(s->ram, sizeof(s->ram), "%s/ram", s->folder);
	snprintf(s->devices, sizeof(s->devices), "%s/devices", s->folder);
	snprintf(s->seal, sizeof(s->seal), "%s/seal", s->folder);
}

static bool all_zero(const unsigned char *p, size_t n)
{
	return n == 0 || (p[0] == 0 && !memcmp(p, p + 1, n - 1));
}

/* The hash of a file's chunks that are not all zero: a copy may have fewer or more holes. */
static int sparse_sha(int fd, off_t size, char hex[SHA256_HEX])
{
	unsigned char *map = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	char *text = NULL;
	size_t length = 0, n;
	off_t at = 0, data;
	FILE *list;

	if (map == MAP_FAILED)
		return -errno;
	list = open_memstream(&text, &length);
	for (; list && (data = lseek(fd, at, SEEK_DATA)) >= 0; at += CHUNK) {
		at = data / CHUNK * CHUNK;
		n = size - at < CHUNK ? size - at : CHUNK;
		if (all_zero(map + at, n))
			continue;
		sha256_hex(map + at, n, hex);
		fprintf(list, "%jd %s\n", (intmax_t)at, hex);
	}
	munmap(map, size);
	if (!list || fclose(list))
		return -ENOMEM;
	sha256_hex(text, length, hex);
	free(text);
	return 0;
}

static uint64_t changed_ns(const struct stat *st)
{
	return (uint64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

/* Reads size and time of change, and the hash too unless both are as in known. */
static int ram_look(const char *path, const struct seal *known, struct seal *s, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), r = 0;
	struct stat st;

	if (fd < 0)
		return err_sys(e, "%s", path);
	if (fstat(fd, &st))
		r = -errno;
	if (!r && !st.st_size)
		r = -ENODATA;
	s->ram_bytes = r ? 0 : st.st_size;
	s->ram_changed_ns = r ? 0 : changed_ns(&st);
	if (!r && known && known->ram_bytes == s->ram_bytes && known->ram_changed_ns == s->ram_changed_ns)
		memcpy(s->ram, known->ram, sizeof(s->ram));
	else if (!r)
		r = sparse_sha(fd, st.st_size, s->ram);
	close(fd);
	return r ? err_set(e, r, "%s: %s", path, strerror(-r)) : 0;
}

static int devices_look(const char *path, struct seal *s, struct err *e)
{
	size_t length;
	char *bytes = file_slurp(path, &length);

	if (!bytes)
		return err_sys(e, "%s", path);
	sha256_hex(bytes, length, s->devices);
	free(bytes);
	return 0;
}

static int seal_write(const struct snapshot *f, const struct seal *s, struct err *e)
{
	char text[512];
	int n = snprintf(text, sizeof(text), SEAL, s->ram_bytes, s->ram, s->devices, s->ram_changed_ns);

	return file_replace(f->seal, text, n, e);
}

static int to_disk(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), r = 0;

	if (fd < 0 || fsync(fd))
		r = err_sys(e, "%s", path);
	if (fd >= 0)
		close(fd);
	return r;
}

int snapshot_seal(const struct snapshot *f, struct err *e)
{
	struct seal s;
	int r = to_disk(f->ram, e);

	r = r ? r : to_disk(f->devices, e);
	r = r ? r : ram_look(f->ram, NULL, &s, e);
	r = r ? r : devices_look(f->devices, &s, e);
	return r ? r : seal_write(f, &s, e);
}

/* Updates the seal of a copy, so that the next trial need not read it whole. No error if the folder is read-only. */
static void seal_again(const struct snapshot *f, const struct seal *s)
{
	int lock = lab_lock(f->folder, NULL);

	if (lock < 0)
		return;
	seal_write(f, s, NULL);
	close(lock);
}

static int damaged(struct err *e, const char *path, const char *how)
{
	return err_set(e, -EIO,
		       "%s: the lab's snapshot is damaged (%s): './rxlab lab clean' removes it, './rxlab lab build' "
		       "makes it anew",
		       path, how);
}

int snapshot_check(const struct snapshot *f, struct err *e)
{
	struct seal sealed, now;
	struct err why = { 0 };
	char text[512];

	if (file_get(f->seal, text, sizeof(text)) <= 0 ||
	    sscanf(text, SEAL, &sealed.ram_bytes, sealed.ram, sealed.devices, &sealed.ram_changed_ns) != 4)
		return damaged(e, f->seal, "it cannot be read");
	if (devices_look(f->devices, &now, &why))
		return damaged(e, f->devices, why.text + strlen(f->devices) + 2);
	if (strcmp(now.devices, sealed.devices))
		return damaged(e, f->devices, "its bytes are not those that were saved");
	if (ram_look(f->ram, &sealed, &now, &why))
		return damaged(e, f->ram, why.text + strlen(f->ram) + 2);
	if (now.ram_bytes != sealed.ram_bytes)
		return damaged(e, f->ram, "its size is not the guest's memory");
	if (strcmp(now.ram, sealed.ram))
		return damaged(e, f->ram, "its bytes are not those that were saved");
	if (now.ram_changed_ns != sealed.ram_changed_ns)
		seal_again(f, &now);
	return 0;
}
