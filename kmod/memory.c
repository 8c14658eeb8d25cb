// SPDX-License-Identifier: GPL-2.0-only
/*
 * A ring's memory: made, mapped, freed. The two areas are the kernel's; the
 * buffers are pages of the kernel, or the reader's own, pinned. Mapped pages
 * are all there from mmap() on, so there is no fault handler. A mapping counts
 * in client.users and holds the file, so the memory outlives the last of them.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/sched/user.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "internal.h"

static unsigned int slots = YKVM_SLOTS_DEFAULT;
module_param(slots, uint, 0444);
MODULE_PARM_DESC(slots, "slots of a ring whose reader names no number: a power of two, 64 to 32768 (default 1024)");

int ykvm_memory_default(void)
{
	if (!ykvm_power_of_two_within(slots, YKVM_SLOTS_MIN, YKVM_SLOTS_MAX)) {
		pr_err("ykvm: slots=%u is not a power of two from %d to %d\n", slots, YKVM_SLOTS_MIN, YKVM_SLOTS_MAX);
		return -EINVAL;
	}
	return slots;
}

/*
 * As io_uring and AF_XDP charge: to the user, who may have several processes.
 * The credentials hold the user: kernels before 6.2 export nothing to let go of one.
 */
static int charge(struct ykvm_memory *m, unsigned long n_pages)
{
	struct user_struct *user = current_user();
	unsigned long limit = rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;
	long old = atomic_long_read(&user->locked_vm);

	if (capable(CAP_IPC_LOCK))
		return 0;
	do {
		if (old + n_pages > limit)
			return -ENOBUFS;
	} while (!atomic_long_try_cmpxchg(&user->locked_vm, &old, old + n_pages));
	m->charged = get_current_cred();
	return 0;
}

/*
 * What all rings of one user hold together, whoever's pages they are: no more than a part of memory, so that a user who
 * may open many rings cannot have the kernel look for room elsewhere. There while it holds anything.
 */
struct ykvm_account {
	struct list_head list;
	kuid_t uid;
	unsigned long n_pages;
};

static LIST_HEAD(accounts);
static DEFINE_MUTEX(accounts_mutex); /* of the list, and of what is on it; innermost */

static struct ykvm_account *account_find(kuid_t uid)
{
	struct ykvm_account *a;

	lockdep_assert_held(&accounts_mutex);
	list_for_each_entry (a, &accounts, list)
		if (uid_eq(a->uid, uid))
			return a;
	a = kzalloc(sizeof(*a), GFP_KERNEL_ACCOUNT);
	if (!a)
		return NULL;
	a->uid = uid;
	list_add(&a->list, &accounts);
	return a;
}

static void account_put(struct ykvm_account *a)
{
	if (a->n_pages)
		return;
	list_del(&a->list);
	kfree(a);
}

static unsigned long all_pages(const struct ykvm_memory *m)
{
	return (m->layout.user_bytes + m->layout.shared_bytes + m->layout.buffers_bytes) >> PAGE_SHIFT;
}

static int account_take(struct ykvm_memory *m)
{
	unsigned long n = all_pages(m);
	struct ykvm_account *a;
	int ret = -ENOMEM;

	mutex_lock(&accounts_mutex);
	a = account_find(current_uid());
	if (a && a->n_pages + n <= totalram_pages() / 4) {
		a->n_pages += n;
		m->account = a;
		ret = 0;
	} else if (a) {
		account_put(a);
	}
	mutex_unlock(&accounts_mutex);
	return ret;
}

static void account_give(struct ykvm_memory *m)
{
	if (!m->account)
		return;
	mutex_lock(&accounts_mutex);
	m->account->n_pages -= all_pages(m);
	account_put(m->account);
	mutex_unlock(&accounts_mutex);
}

static void uncharge(struct ykvm_memory *m, unsigned long n_pages)
{
	if (!m->charged)
		return;
	atomic_long_sub(n_pages, &m->charged->user->locked_vm);
	put_cred(m->charged);
}

static unsigned long buffer_pages(const struct ykvm_memory *m)
{
	return m->layout.buffers_bytes >> PAGE_SHIFT;
}

static int pin_pages(struct ykvm_memory *m, u64 addr)
{
	unsigned long n = buffer_pages(m);
	int ret = charge(m, n);

	m->pinned = true;
	while (!ret && m->n_pages < n) {
		ret = pin_user_pages_fast(addr + ((u64)m->n_pages << PAGE_SHIFT), n - m->n_pages,
					  FOLL_WRITE | FOLL_LONGTERM, m->pages + m->n_pages);
		if (ret > 0) {
			m->n_pages += ret;
			ret = 0;
		} else if (!ret) {
			ret = -EFAULT;
		}
		cond_resched();
	}
	return ret;
}

/* Up to n, one by one, charged to the reader's control group, and rather none than to call the OOM killer. */
static int alloc_pages_own(struct page **pages, unsigned int *have, unsigned long n)
{
	while (*have < n) {
		struct page *page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NORETRY | __GFP_NOWARN);

		if (!page)
			return -ENOMEM;
		pages[(*have)++] = page;
		cond_resched();
	}
	return 0;
}

/* vmalloc_user() would charge them to nobody. */
static int make_areas(struct ykvm_memory *m)
{
	unsigned long n = (m->layout.user_bytes + m->layout.shared_bytes) >> PAGE_SHIFT;
	int ret;

	m->area_pages = kvcalloc(n, sizeof(*m->area_pages), GFP_KERNEL_ACCOUNT);
	if (!m->area_pages)
		return -ENOMEM;
	ret = alloc_pages_own(m->area_pages, &m->n_area_pages, n);
	if (ret)
		return ret;
	m->user = vmap(m->area_pages, n, VM_MAP, PAGE_KERNEL);
	if (!m->user)
		return -ENOMEM;
	m->shared = m->user + m->layout.user_bytes;
	return 0;
}

static int make_buffers(struct ykvm_memory *m, const struct ykvm_setup *s)
{
	unsigned long n = buffer_pages(m);
	int ret;

	m->pages = kvcalloc(n, sizeof(*m->pages), GFP_KERNEL_ACCOUNT);
	if (!m->pages)
		return -ENOMEM;
	ret = s->flags & YKVM_SETUP_USER_MEMORY ? pin_pages(m, s->memory_addr)
						: alloc_pages_own(m->pages, &m->n_pages, n);
	if (ret)
		return ret;
	m->buffers = vmap(m->pages, n, VM_MAP, PAGE_KERNEL);
	return m->buffers ? 0 : -ENOMEM;
}

int ykvm_memory_make(struct ykvm_memory *m, const struct ykvm_geometry *g, const struct ykvm_setup *s)
{
	int ret;

	*m = (struct ykvm_memory) { .geometry = *g, .layout = ykvm_ring_layout(g, PAGE_SIZE) };
	ret = account_take(m);
	if (!ret)
		ret = make_areas(m);
	if (!ret)
		ret = make_buffers(m, s);
	if (ret)
		ykvm_memory_free(m);
	return ret;
}

static void free_pages_own(struct page **pages, unsigned int n)
{
	while (n-- > 0)
		__free_page(pages[n]);
}

void ykvm_memory_free(struct ykvm_memory *m)
{
	vunmap(m->buffers);
	if (m->pinned)
		unpin_user_pages_dirty_lock(m->pages, m->n_pages, true);
	else
		free_pages_own(m->pages, m->n_pages);
	uncharge(m, buffer_pages(m));
	kvfree(m->pages);
	vunmap(m->user);
	free_pages_own(m->area_pages, m->n_area_pages);
	kvfree(m->area_pages);
	account_give(m);
	*m = (struct ykvm_memory) {};
}

/* Dropping the newest, the ring's buffers are mapped twice in a row, so that a chain reads on over the end. */
static u64 buffers_mapped(const struct ykvm_memory *m)
{
	if (m->pinned)
		return 0;
	return m->geometry.newest ? 2 * m->layout.buffers_bytes : m->layout.buffers_bytes;
}

void ykvm_memory_answer(const struct ykvm_memory *m, struct ykvm_setup *s)
{
	s->n_buffers = m->layout.n_buffers;
	s->tx_slots = YKVM_TX_SLOTS;
	s->user_offset = 0;
	s->user_bytes = m->layout.user_bytes;
	s->shared_offset = s->user_offset + s->user_bytes;
	s->shared_bytes = m->layout.shared_bytes;
	s->buffers_offset = s->shared_offset + s->shared_bytes;
	s->buffers_bytes = buffers_mapped(m);
	s->tx_off = m->layout.tx_off;
	s->slots_off = m->layout.slots_off;
	s->frames_off = m->layout.frames_off;
}

static void mapping_open(struct vm_area_struct *vma)
{
	struct ykvm_client *c = vma->vm_private_data;

	atomic_inc(&c->users);
}

static void mapping_close(struct vm_area_struct *vma)
{
	ykvm_client_unuse(vma->vm_private_data);
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

/* The n pages, as often in a row as the mapping has room for them. */
static int insert_pages(struct page **pages, unsigned long n, struct vm_area_struct *vma)
{
	unsigned long addr = vma->vm_start;
	int ret = 0;

	while (!ret && addr < vma->vm_end) {
		unsigned long left = n;

		ret = vm_insert_pages(vma, addr, pages, &left);
		addr += n << PAGE_SHIFT;
	}
	return ret;
}

static int map_checked(struct vm_area_struct *vma, u64 bytes, bool writable)
{
	if (!bytes || vma->vm_end - vma->vm_start != bytes)
		return -EINVAL;
	if (!(vma->vm_flags & VM_SHARED) || vma->vm_flags & VM_EXEC || (!writable && vma->vm_flags & VM_WRITE))
		return -EPERM;
	vm_flags_mod(vma, VM_DONTCOPY | VM_DONTEXPAND | VM_DONTDUMP, VM_MAYEXEC | (writable ? 0 : VM_MAYWRITE));
	return 0;
}

/* One area, whole: any other offset or length is refused. */
static int map_area(const struct ykvm_memory *m, struct vm_area_struct *vma)
{
	u64 user = m->layout.user_bytes;
	u64 shared = m->layout.shared_bytes;
	int ret;

	if (vma->vm_pgoff == 0) {
		ret = map_checked(vma, user, true);
		return ret ? ret : insert_pages(m->area_pages, user >> PAGE_SHIFT, vma);
	}
	if (vma->vm_pgoff == user >> PAGE_SHIFT) {
		ret = map_checked(vma, shared, false);
		return ret ? ret : insert_pages(m->area_pages + (user >> PAGE_SHIFT), shared >> PAGE_SHIFT, vma);
	}
	if (vma->vm_pgoff != (user + shared) >> PAGE_SHIFT)
		return -EINVAL;
	ret = map_checked(vma, buffers_mapped(m), false);
	return ret ? ret : insert_pages(m->pages, m->n_pages, vma);
}

int ykvm_client_mmap(struct ykvm_client *c, struct vm_area_struct *vma)
{
	int ret;

	if (!ykvm_client_use(c))
		return -ENXIO;
	ret = map_area(&c->memory, vma);
	if (ret) {
		ykvm_client_unuse(c);
		return ret;
	}
	vma->vm_private_data = c;
	vma->vm_ops = &mapping_ops;
	return 0;
}
EXPORT_SYMBOL_GPL(ykvm_client_mmap);
