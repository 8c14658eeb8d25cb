// SPDX-License-Identifier: GPL-2.0-or-later
/* Flows that differ in a file differ when it is sent; and files that libpcap does not read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "generators/flows.h"

#define BYTES 120

static char path[] = "/tmp/flows-test-XXXXXX";
static FILE *out;

static void put32(uint32_t v)
{
	assert_int_equal(fwrite(&v, sizeof(v), 1, out), 1);
}

/* A pcap with this magic and link type. */
static void begin(uint32_t magic, uint32_t link)
{
	out = fopen(path, "w");
	assert_non_null(out);
	put32(magic);
	put32(2 | 4 << 16);
	put32(0);
	put32(0);
	put32(65535);
	put32(link);
}

static void put_frame(const uint8_t *frame, uint32_t bytes)
{
	static uint32_t second = 1;

	put32(second++);
	put32(0);
	put32(bytes);
	put32(bytes);
	assert_int_equal(fwrite(frame, bytes, 1, out), 1);
}

/* head: the words after the Ethernet addresses, in hexadecimal; zeroes follow. */
static void put_hex(const char *head)
{
	uint8_t frame[BYTES] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2 }, *at = frame + 12;
	unsigned int byte;
	int used;

	for (; sscanf(head, " %2x%n", &byte, &used) == 1; head += used)
		*at++ = (uint8_t)byte;
	put_frame(frame, BYTES);
}

static void load(struct pcapfile *file)
{
	struct err e = { "" };

	assert_int_equal(fclose(out), 0);
	if (pcapfile_load(file, path, true, &e))
		fail_msg("%s", e.text);
}

#define IP4(part, ports) "4500 0064 0007 " part " 4011 0000 0a000001 0a000002 " ports " 0000 0000"
#define IP6(src, ports) \
	"6000 0000 0028 1140 fd000000000000000000000000000001 fd00000000000000000000000000" src " " ports

/* Flows of each list: equal letters, equal flows. */
static const struct list {
	const char *name, *flows, *heads[6];
} lists[] = {
	{ "source ports",
	  "aba",
	  { "0800" IP4("0000", "1000 0050"), "0800" IP4("0000", "1001 0050"), "0800" IP4("0000", "1000 0050") } },
	{ "behind a tag",
	  "abb",
	  { "8100 0005 0800" IP4("0000", "1000 0050"), "8100 0005 0800" IP4("0000", "1001 0050"),
	    "8100 6005 0800" IP4("0000", "1001 0050") } },
	{ "tags",
	  "abc",
	  { "8100 0005 0800" IP4("0000", "1000 0050"), "8100 0006 0800" IP4("0000", "1000 0050"),
	    "88a8 0006 8100 0005 0800" IP4("0000", "1000 0050") } },
	{ "labels",
	  "aba",
	  { "8847 00010140" IP4("0000", "1000 0050"), "8847 00020140" IP4("0000", "1000 0050"),
	    "8847 00010140" IP4("0000", "1000 0050") } },
	{ "IPv6",
	  "abca",
	  { "86dd" IP6("0002", "1000 0050"), "86dd" IP6("0002", "1001 0050"), "86dd" IP6("0003", "1000 0050"),
	    "86dd" IP6("0002", "1000 0050") } },
	{ "fragments",
	  "aaab",
	  { "0800" IP4("2000", "1000 0050"), "0800" IP4("0010", "dead beef"), "0800" IP4("0020", "0bad f00d"),
	    "0800" IP4("0000", "1001 0050") } },
	{ "no IP", "abb", { "88cc 0000", "0806 0000", "0806 0000" } },
};

static void flows_stay_apart(void **state)
{
	struct pcapfile file;
	struct flows f;
	uint32_t i, k, l;

	(void)state;
	for (l = 0; l < sizeof(lists) / sizeof(lists[0]); l++) {
		print_message("%s\n", lists[l].name);
		begin(0xa1b2c3d4, 1);
		for (i = 0; i < strlen(lists[l].flows); i++)
			put_hex(lists[l].heads[i]);
		load(&file);
		assert_int_equal(flows_of_file(&f, &file, NULL), 0);
		for (i = 0; i < file.n; i++) {
			assert_int_equal(f.of[i], (uint32_t)lists[l].flows[i] - 'a');
			for (k = 0; k < i; k++)
				assert_int_equal(f.kept[i].saddr == f.kept[k].saddr &&
							 f.kept[i].daddr == f.kept[k].daddr &&
							 f.kept[i].port == f.kept[k].port,
						 f.of[i] == f.of[k]);
		}
		flows_free(&f);
		pcapfile_free(&file);
	}
}

/* libpcap accepts the file as a capture; by its header an FCS of two times two bytes is at the end. */
static void magics_and_fcs(void **state)
{
	static const uint32_t magics[] = { 0xa1b2c3d4, 0xa1b23c4d };
	struct pcapfile file;
	uint8_t frame[64] = { 0 };
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		begin(magics[i], 1 | 0x24000000);
		put_frame(frame, sizeof(frame));
		load(&file);
		assert_true(pcapfile_is(path));
		assert_int_equal(file.frames[0].len, 60);
		assert_int_equal(file.frames[0].caplen, 60);
		pcapfile_free(&file);
	}
	for (i = 0; i < 3; i++) {
		begin(((uint32_t[]) { 0xa1b2cd34, 0xa1b234cd, 0xa12b3c4d })[i], 1);
		assert_int_equal(fclose(out), 0);
		assert_true(pcapfile_is(path));
	}
}

static void put_interface(uint32_t link, uint32_t snaplen, uint8_t fcs)
{
	put32(1);
	put32(32);
	put32(link);
	put32(snaplen);
	put32(13 | 1 << 16); /* if_fcslen */
	put32(fcs);
	put32(0);
	put32(32);
}

static void put_packet(uint32_t interface, uint32_t us)
{
	uint8_t frame[64] = { 0 };

	put32(6);
	put32(32 + sizeof(frame));
	put32(interface);
	put32(0);
	put32(us);
	put32(sizeof(frame));
	put32(sizeof(frame));
	assert_int_equal(fwrite(frame, sizeof(frame), 1, out), 1);
	put32(32 + sizeof(frame));
}

static void section(void)
{
	out = fopen(path, "w");
	assert_non_null(out);
	put32(0x0a0d0d0a);
	put32(28);
	put32(0x1a2b3c4d);
	put32(1);
	put32(UINT32_MAX);
	put32(UINT32_MAX);
	put32(28);
}

/* Two snap lengths, FCS in bytes, in bits or none, and an interface of another link type that has no frame. */
static void pcapng_of_several_interfaces(void **state)
{
	struct err e = { "" };
	struct pcapfile file;

	(void)state;
	section();
	put_interface(1, 96, 0);
	put_interface(1, 65535, 4);
	put_interface(113, 0, 0);
	put_interface(1, 0, 32);
	put_packet(0, 5);
	put_packet(1, 7);
	put_packet(3, 9);
	load(&file);
	assert_int_equal(file.n, 3);
	assert_int_equal(file.frames[0].len, 64);
	assert_int_equal(file.frames[1].len, 60);
	assert_int_equal(file.frames[2].len, 60);
	assert_int_equal(file.frames[1].ns, 7000);
	pcapfile_free(&file);
	assert_int_equal(truncate(path, 28 + 4 * 32 + 96 + 50), 0);
	assert_true(pcapfile_load(&file, path, true, &e) < 0);
	assert_non_null(strstr(e.text, "behind frame 1, byte 252: cut off"));
	section();
	put_interface(113, 0, 0);
	put_packet(0, 5);
	assert_int_equal(fclose(out), 0);
	e.text[0] = 0;
	assert_true(pcapfile_load(&file, path, true, &e) < 0);
	assert_non_null(strstr(e.text, "frame 1 is of link type LINUX_SLL (113)"));
	assert_int_equal(pcapfile_load(&file, path, false, &e), 0); /* its times are times */
	pcapfile_free(&file);
}

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int drop_file(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flows_stay_apart),
		cmocka_unit_test(magics_and_fcs),
		cmocka_unit_test(pcapng_of_several_interfaces),
	};

	return cmocka_run_group_tests(tests, make_file, drop_file);
}
