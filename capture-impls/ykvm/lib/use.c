// SPDX-License-Identifier: GPL-2.0-or-later
/* A ring in use, beside the inline reader: filter, sleep, counters, sending, the thesis' call. */
#include <linux/filter.h>
#include <sys/ioctl.h>

#include "capture-impls/ykvm/lib/internal.h"

static int set_filter(struct ykvm *y, const struct ykvm_filter *f, char *err)
{
	return ioctl(y->fd, YKVM_FILTER, f) ? ykvm_err_sys(err, "%s: filter", YKVM_DEVICE) : 0;
}

int ykvm_set_filter(struct ykvm *y, const struct sock_filter *insns, uint32_t len, char *err)
{
	struct ykvm_filter f = { .kind = insns ? YKVM_FILTER_CLASSIC : YKVM_FILTER_NONE,
				 .len = insns ? len : 0,
				 .insns = (uintptr_t)insns };

	return set_filter(y, &f, err);
}

int ykvm_set_filter_ebpf(struct ykvm *y, int prog_fd, char *err)
{
	return set_filter(y, &(struct ykvm_filter) { .kind = YKVM_FILTER_EBPF, .fd = prog_fd }, err);
}

static int status_error(uint32_t status)
{
	if (status & YKVM_STATUS_GONE)
		return -ENODEV;
	return status & YKVM_STATUS_DOWN ? -ENETDOWN : 0;
}

int ykvm_status(const struct ykvm *y)
{
	return status_error(__atomic_load_n(&y->reader.state->status, __ATOMIC_RELAXED));
}

int ykvm_wait(struct ykvm *y, uint64_t timeout_ns)
{
	struct ykvm_wait w = { .timeout_ns = timeout_ns };

	if (ioctl(y->fd, YKVM_WAIT, &w) == 0)
		return ykvm_reader_left(&y->reader) ? 1 : status_error(w.status);
	return errno == ETIME ? ykvm_status(y) : -errno;
}

int ykvm_stats(struct ykvm *y, struct ykvm_stats *s)
{
	return ioctl(y->fd, YKVM_STATS, s) ? -errno : 0;
}

int ykvm_kick(struct ykvm *y)
{
	return ioctl(y->fd, YKVM_KICK) ? -errno : 0;
}

/* One batch at most, frame by frame; less where `length` bytes are had before: bytes. */
static int get_batch(struct user_buff *u, int length, yk_handle callback)
{
	struct ykvm_batch b = ykvm_reader_take(&u->ykvm->reader, YKVM_BATCH_MAX);
	const struct ykvm_frame *f;
	const uint8_t *data;
	int bytes = 0;

	while ((length < 0 || bytes < length) && (f = ykvm_batch_next(&b, &data))) {
		u->frame = f;
		u->data = data;
		callback(u);
		bytes += (int)f->caplen;
	}
	ykvm_reader_release(&u->ykvm->reader, &b);
	if (ykvm_reader_kick_due(&u->ykvm->reader))
		ykvm_kick(u->ykvm);
	return bytes;
}

int get_packet(struct user_buff *yk_data, int length, yk_handle callback, char *err)
{
	struct ykvm *y = yk_data->ykvm;
	int bytes = 0, ret = 0;

	while (length < 0 || bytes < length) {
		/* A count of bytes that ends before it could turn negative; what is left is there at the next call. */
		if (bytes > INT32_MAX / 2)
			break;
		if (ykvm_reader_left(&y->reader))
			bytes += get_batch(yk_data, length < 0 ? -1 : length - bytes, callback);
		else if (length < 0)
			break;
		else if ((ret = ykvm_wait(y, 1000000000ULL)) < 0)
			break;
	}
	if (ret < 0 && ret != -EINTR && bytes == 0)
		return ykvm_err(err, ret, "nothing more will come: the interface is %s",
				ret == -ENODEV ? "gone" : "down");
	return bytes;
}
