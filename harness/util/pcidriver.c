// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "harness/util/file.h"
#include "harness/util/netif.h"
#include "harness/util/pcidriver.h"

#define PCI "/sys/bus/pci"

/* The last part of the link's target; 0 or -errno. */
static int link_name(const char *path, char name[PCIDRIVER_NAME_MAX])
{
	char to[PATH_MAX];
	ssize_t n = readlink(path, to, sizeof(to) - 1);
	const char *last;

	if (n < 0)
		return -errno;
	to[n] = '\0';
	last = strrchr(to, '/');
	snprintf(name, PCIDRIVER_NAME_MAX, "%.*s", PCIDRIVER_NAME_MAX - 1, last ? last + 1 : to);
	return 0;
}

int pcidriver_get(const char *ifname, char device[PCIDRIVER_NAME_MAX], char driver[PCIDRIVER_NAME_MAX], struct err *e)
{
	char path[128], bus[PCIDRIVER_NAME_MAX];
	int r;

	snprintf(path, sizeof(path), "/sys/class/net/%s/device/subsystem", ifname);
	r = link_name(path, bus);
	if (r || strcmp(bus, "pci"))
		return err_set(e, -ENODEV, "%s: is no PCI device", ifname);
	snprintf(path, sizeof(path), "/sys/class/net/%s/device", ifname);
	r = link_name(path, device);
	snprintf(path, sizeof(path), "/sys/class/net/%s/device/driver", ifname);
	r = r ? r : link_name(path, driver);
	return r ? err_set(e, r, "%s: %s", path, strerror(-r)) : 0;
}

static int write_to(const char *path, const char *text, struct err *e)
{
	int r = file_put(path, text);

	return r ? err_set(e, r, "%s: cannot write %s: %s", path, text, strerror(-r)) : 0;
}

static int unbind(const char *device, struct err *e)
{
	char path[128];

	snprintf(path, sizeof(path), PCI "/devices/%s/driver/unbind", device);
	return access(path, F_OK) ? 0 : write_to(path, device, e);
}

/* The only interface of the device. */
static int interface_of(const char *device, char name[IFNAMSIZ], struct err *e)
{
	char path[128];
	struct dirent *de;
	DIR *d;
	int r = -ENODEV;

	snprintf(path, sizeof(path), PCI "/devices/%s/net", device);
	d = opendir(path);
	while (d && r && (de = readdir(d)))
		if (de->d_name[0] != '.') {
			snprintf(name, IFNAMSIZ, "%.15s", de->d_name);
			r = 0;
		}
	if (d)
		closedir(d);
	return r ? err_set(e, r, "%s: has no interface", device) : 0;
}

int pcidriver_bind(const char *device, const char *driver, int override, struct err *e)
{
	char path[128];
	int r = unbind(device, e);

	snprintf(path, sizeof(path), PCI "/devices/%s/driver_override", device);
	r = r ? r : write_to(path, override ? driver : "\n", e);
	snprintf(path, sizeof(path), PCI "/drivers/%s/bind", driver);
	return r ? r : write_to(path, device, e);
}

int pcidriver_set(const char *device, const char *driver, int override, const char *ifname, struct err *e)
{
	char name[IFNAMSIZ];
	int r = pcidriver_bind(device, driver, override, e);

	r = r ? r : interface_of(device, name, e);
	return r || !strcmp(name, ifname) ? r : netif_rename(name, ifname, e);
}
