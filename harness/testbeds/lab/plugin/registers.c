// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "harness/testbeds/lab/plugin/qemu-plugin-api.h"
#include "harness/testbeds/lab/plugin/registers.h"

static GByteArray *room(void)
{
	static GByteArray *bytes;

	bytes = bytes ? bytes : g_byte_array_new();
	return g_byte_array_set_size(bytes, 0);
}

struct qemu_plugin_register *register_find(const char *name)
{
	static GArray *all;
	const qemu_plugin_reg_descriptor *d;

	all = all ? all : qemu_plugin_get_registers();
	d = (const qemu_plugin_reg_descriptor *)all->data;
	for (unsigned int i = 0; i < all->len; i++)
		if (!strcmp(d[i].name, name))
			return d[i].handle;
	return NULL;
}

uint64_t register_value(struct qemu_plugin_register *r)
{
	GByteArray *bytes = room();
	uint64_t v = 0;

	if (r && qemu_plugin_read_register(r, bytes) == sizeof(v))
		memcpy(&v, bytes->data, sizeof(v));
	return v;
}

bool guest_read(uint64_t address, void *to, size_t n)
{
	GByteArray *bytes = room();

	if (!qemu_plugin_read_memory_vaddr(address, bytes, n))
		return false;
	memcpy(to, bytes->data, n);
	return true;
}
