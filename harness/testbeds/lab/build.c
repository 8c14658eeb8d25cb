// SPDX-License-Identifier: GPL-2.0-or-later
/* Building the lab: packages and image, then its first snapshot. Each step is done once and kept in the cache. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness/testbeds/lab/kernels.h"
#include "harness/testbeds/lab/lab.h"
#include "harness/testbeds/lab/nic_model.h"
#include "harness/testbeds/lab/snapshot.h"
#include "harness/util/file.h"
#include "harness/util/spawn.h"

static int run_script(const struct lab *l, const char *script, const char *const args[], struct err *e)
{
	const char *argv[8] = { "sh" };
	char path[PATH_MAX], said[LAB_SAID];
	int i, r;

	snprintf(path, sizeof(path), "%s/harness/testbeds/lab/%s", l->root, script);
	argv[1] = path;
	for (i = 0; args[i]; i++)
		argv[i + 2] = args[i];
	argv[i + 2] = NULL;
	r = spawn_said(argv, said, sizeof(said), e);
	return r > 0 ? err_set(e, -EIO, "the lab cannot be built: %s failed: %s", script, lab_said(said, r)) : r;
}

static int copy(const char *from, const char *to, struct err *e)
{
	const char *const argv[] = { "cp", "--", from, to, NULL };
	int r = spawn_wait(argv, e);

	return r > 0 ? err_set(e, -EIO, "cannot copy %s", from) : r;
}

/* Copies of plugin and agent's symbols beside the image, so that a campaign does not depend on later builds. */
static int image_companions(const struct lab *l, struct err *e)
{
	static const char *const names[] = { "rxlab-tcg.so", "rxlab-agent.whole" };
	char from[PATH_MAX], to[PATH_MAX];
	int i, r = 0;

	for (i = 0; i < 2 && !r; i++) {
		snprintf(from, sizeof(from), "%s/build/%s", l->root, names[i]);
		snprintf(to, sizeof(to), "%s/%s", l->image, names[i]);
		r = copy(from, to, e);
	}
	return r;
}

static int image_build(struct lab *l, struct err *e)
{
	char kmod[PATH_MAX], agent[PATH_MAX], out[PATH_MAX], info[PATH_MAX], built[PATH_MAX];
	const char *args[] = { l->packages, kmod, agent, out, l->kernel[0] ? l->boots : NULL, NULL };
	int r = lab_image_folder(l, e);

	if (r)
		return r;
	snprintf(info, sizeof(info), "%s/info", l->image);
	if (!access(info, R_OK))
		return 0;
	fprintf(stderr, "rxlab: building the guest's image%s%s\n", l->kernel[0] ? " of kernel " : "", l->kernel);
	snprintf(kmod, sizeof(kmod), "%s/kmod", l->root);
	snprintf(agent, sizeof(agent), "%s/build/rxlab-agent", l->root);
	snprintf(out, sizeof(out), "%s/initramfs", l->image);
	r = file_mkdirs(l->image, e);
	if (r)
		return r;
	/* A new capture changes the agent: the modules are taken as they were built for the image before. */
	if (!lab_modules_folder(l, built, NULL))
		setenv("KMOD_BUILT", built, 0);
	r = run_script(l, "image.sh", args, e);
	r = r ? r : image_companions(l, e);
	return r ? r : lab_describe(l, e);
}

int lab_build(struct err *e)
{
	return lab_build_kernel(NULL, e);
}

/* The first snapshot. That another kernel than the lab's own does not boot is said by each of its trials. */
static int first_snapshot(const struct lab *l, struct err *e)
{
	struct snapshot s;
	struct err why = { "" };
	int r = lab_snapshot(l, &lab_first_topology, &s, &why);

	if (r && l->kernel[0])
		fprintf(stderr, "rxlab: kernel %s: %s\n", l->kernel, why.text);
	else if (r)
		err_set(e, r, "%s", why.text);
	return l->kernel[0] ? 0 : r;
}

int lab_build_kernel(const char *kernel, struct err *e)
{
	struct lab l;
	int lock, r = lab_paths(&l, e);
	const char *args[] = { l.cache, NULL };

	r = r ? r : file_mkdirs(l.cache, e);
	if (r)
		return r;
	lock = lab_lock(l.cache, e);
	if (lock < 0)
		return lock;
	r = run_script(&l, "fetch-packages.sh", args, e);
	r = r ? r : run_script(&l, "dpdk.sh", args, e);
	r = r || !kernel ? r : lab_kernel_fetch(&l, kernel, e);
	lab_set_kernel(&l, kernel);
	r = r ? r : image_build(&l, e);
	close(lock);
	r = r ? r : lab_find(&l, kernel, e);
	if (!r)
		lab_boot_retry(&l);
	return r ? r : first_snapshot(&l, e);
}

int lab_status(FILE *f)
{
	char nic[NIC_MODEL_TEXT];
	struct err e = { 0 };
	struct lab l;
	int r = lab_find(&l, NULL, &e);

	fprintf(f, "cache     %s\n", l.cache);
	if (r) {
		fprintf(f, "state     %s\n", e.text);
		return r;
	}
	fprintf(f, "image     %s\n", l.image);
	fprintf(f, "identity  %s\n", l.identity);
	fprintf(f, "kernel    %s\n", l.kernel_version);
	fprintf(f, "qemu      %s (%s)\n", l.qemu_version, l.qemu_package);
	r = nic_model_here(nic);
	fprintf(f, "nic       %s\n", r == -ENOENT ? "not known before its first snapshot" : nic);
	fprintf(f, "state     %s\n", r == -ENOTSUP ? "no trial can run: the NIC" : "ready");
	return r == -ENOTSUP ? r : 0;
}

int lab_clean(struct err *e)
{
	char images[PATH_MAX], modules[PATH_MAX];
	struct lab l;
	int r = lab_paths(&l, e);
	const char *const argv[] = { "rm", "-rf", "--", images, modules, NULL };

	if (r)
		return r;
	snprintf(images, sizeof(images), "%s/images", l.cache);
	snprintf(modules, sizeof(modules), "%s/kmod", l.cache);
	r = spawn_wait(argv, e);
	if (!r)
		fprintf(stderr, "rxlab: images and snapshots removed; the packages stay in %s\n", l.packages);
	return r > 0 ? err_set(e, -EIO, "%s cannot be removed whole", images) : r;
}
