// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ring's memory: sized, made, mapped, freed. Mapped pages are all there
 * from mmap() on, so there is no fault handler; the file that the mappings
 * hold keeps the memory, which release() frees after the last of them.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "internal.h"

static unsigned int buffers = YKVM_BUFFERS_DEFAULT;
module_param(buffers, uint, 0444);
MODULE_PARM_DESC(buffers, "slots of a ring whose reader names no number: a power of two, 64 to 32768 (default 1024)");

int ykvm_ring_default(void)
{
	if (!ykvm_slots_valid(buffers)) {
		pr_err("ykvm: buffers=%u is not a power of two from %d to %d\n", buffers, YKVM_BUFFERS_MIN,
		       YKVM_BUFFERS_MAX);
		return -EINVAL;
	}
	return buffers;
}

int ykvm_ring_make(struct ykvm_device *y, u32 n_slots)
{
	struct ykvm_layout l = ykvm_ring_layout(n_slots, PAGE_SIZE);
	u64 bytes = l.user_bytes + l.shared_bytes;
	u8 *memory;

	/* vmalloc_user() would rather call the OOM killer than fail */
	if (bytes >> PAGE_SHIFT > totalram_pages() / 4)
		return -ENOMEM;
	memory = vmalloc_user(bytes);
	if (!memory)
		return -ENOMEM;
	ykvm_ring_free(y);
	y->memory = memory;
	y->layout = l;
	ykvm_ring_init(&y->ring, memory, &l, n_slots, 0);
	return 0;
}

void ykvm_ring_free(struct ykvm_device *y)
{
	vfree(y->memory);
	y->memory = NULL;
}

static void mapping_open(struct vm_area_struct *vma)
{
	mutex_lock(&ykvm.mutex);
	ykvm.mapped++;
	mutex_unlock(&ykvm.mutex);
}

static void mapping_close(struct vm_area_struct *vma)
{
	mutex_lock(&ykvm.mutex);
	ykvm.mapped--;
	mutex_unlock(&ykvm.mutex);
}

static int mapping_split(struct vm_area_struct *vma, unsigned long addr)
{
	return -EINVAL;
}

static const struct vm_operations_struct mapping_ops = {
	.open = mapping_open,
	.close = mapping_close,
	.may_split = mapping_split,
};

/* Either area, whole: any other offset or length is refused. */
int ykvm_ring_map(struct ykvm_device *y, struct vm_area_struct *vma)
{
	bool shared = vma->vm_pgoff != 0;
	int ret;

	if (!y->memory)
		return -ENXIO;
	if (shared && vma->vm_pgoff != y->layout.user_bytes >> PAGE_SHIFT)
		return -EINVAL;
	if (vma->vm_end - vma->vm_start != (shared ? y->layout.shared_bytes : y->layout.user_bytes))
		return -EINVAL;
	if (!(vma->vm_flags & VM_SHARED) || vma->vm_flags & VM_EXEC || (shared && vma->vm_flags & VM_WRITE))
		return -EPERM;
	vm_flags_mod(vma, VM_DONTCOPY | VM_DONTEXPAND | VM_DONTDUMP, VM_MAYEXEC | (shared ? VM_MAYWRITE : 0));
	ret = remap_vmalloc_range(vma, y->memory, vma->vm_pgoff);
	if (ret)
		return ret;
	vma->vm_ops = &mapping_ops;
	y->mapped++;
	return 0;
}
