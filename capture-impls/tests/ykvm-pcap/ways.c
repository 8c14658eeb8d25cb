// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Captures five frames of its own on a loopback interface by libpcap, to which it comes in one of these ways:
 *
 *   (as it is)   linked to it: a program, or with -shared a plug-in of function count()
 *   -DBY_NAME    ways DEVICE LIBRARY FLAG...: dlopen() and dlsym(), as bindings of other languages do
 *   -DHOST       ways DEVICE PLUGIN...: loads plug-ins, each for itself alone, and has each of them count
 *
 * One line for each: "5 frames, counted", or why not. SENDER in the environment: another interface that they leave by.
 */
#include <dlfcn.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FRAMES 5

#ifdef BY_NAME
static void *library;
#define CALL(name) ((__typeof__(&name))dlsym(library, #name))
#else
#define CALL(name) name
#endif

#ifndef HOST
static void one_more(u_char *user, const struct pcap_pkthdr *header, const u_char *data)
{
	(void)data;
	*(int *)user += header->len == 60;
}

static int filter(pcap_t *p)
{
	struct bpf_program program;

	return CALL(pcap_compile)(p, &program, "ether proto 0x88b5", 1, 0) || CALL(pcap_setfilter)(p, &program);
}

/* Half by callback, half one by one. */
static int receive(pcap_t *p)
{
	struct pcap_pkthdr *header;
	const u_char *data;
	int n = 0, tries = 100;

	while (n < FRAMES / 2 && tries-- > 0)
		CALL(pcap_dispatch)(p, FRAMES / 2 - n, one_more, (u_char *)&n);
	while (n < FRAMES && tries-- > 0)
		n += CALL(pcap_next_ex)(p, &header, &data) == 1 && data[13] == 0xb5;
	return n;
}

void count(const char *device);
void count(const char *device)
{
	static const u_char frame[60] = { [12] = 0x88, 0xb5 };
	char err[PCAP_ERRBUF_SIZE] = "";
	pcap_t *p = CALL(pcap_open_live)(device, 65535, 0, 20, err);
	struct pcap_stat s = { 0 };
	const char *other = getenv("SENDER");
	pcap_t *sender = p && other ? CALL(pcap_open_live)(other, 65535, 0, 20, err) : p;
	int i, n;

	if (!p || !sender || filter(p)) {
		printf("refused: %s\n", p ? CALL(pcap_geterr)(p) : err);
		return;
	}
	for (i = 0; i < FRAMES; i++)
		CALL(pcap_sendpacket)(sender, frame, sizeof(frame));
	n = receive(p);
	CALL(pcap_stats)(p, &s);
	printf("%d frames, %s\n", n, s.ps_recv >= FRAMES ? "counted" : "not counted");
	if (sender != p)
		CALL(pcap_close)(sender);
	CALL(pcap_close)(p);
}
#endif

#ifdef HOST
int main(int argc, char **argv)
{
	void (*count)(const char *);
	void *plugin;
	int i;

	for (i = 2; i < argc; i++) {
		plugin = dlopen(argv[i], RTLD_NOW | RTLD_LOCAL | (getenv("DEEPBIND") ? RTLD_DEEPBIND : 0));
		*(void **)&count = plugin ? dlsym(plugin, "count") : NULL;
		if (count)
			count(argv[1]);
		else
			printf("no plug-in: %s\n", dlerror());
	}
	return 0;
}
#elif defined(BY_NAME)
int main(int argc, char **argv)
{
	int i, flags = RTLD_NOW;

	for (i = 3; i < argc; i++)
		flags |= !strcmp(argv[i], "global") ? RTLD_GLOBAL : !strcmp(argv[i], "deepbind") ? RTLD_DEEPBIND : 0;
	for (i = 2; i < argc; i++) {
		library = strchr(argv[i], '.') ? dlopen(argv[i], flags) : NULL;
		if (!library)
			continue;
		dlerror();
		CALL(pcap_open_live); /* as dlsym()'s manual has it */
		if (dlerror())
			printf("an error of a lookup that went well\n");
		count(argv[1]);
	}
	return 0;
}
#else
int main(int argc, char **argv)
{
	(void)argc;
	count(argv[1]);
	return 0;
}
#endif
