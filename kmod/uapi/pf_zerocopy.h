/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * PF_ZEROCOPY: the ring of ykvm.h as a socket family.
 *
 *   fd = socket(PF_ZEROCOPY, SOCK_RAW, 0)		CAP_NET_RAW
 *   setsockopt(fd, SOL_ZEROCOPY, ZEROCOPY_SETUP, ...)	the ring, best over memory of the program's own
 *   getsockopt(fd, SOL_ZEROCOPY, ZEROCOPY_SETUP, ...)	what was made of it, and where to map it
 *   mmap(fd, ...)					user area, shared area (and the buffers, if the kernel's)
 *   bind(fd, struct sockaddr_zerocopy)			the interface's frames come from now on; CAP_NET_RAW to look on
 *							(YKVM_BIND_TAP), CAP_NET_ADMIN too to take them: YKVM_BIND
 *
 * From here the ring is read and sent from as ykvm.h says. send() of nothing is
 * its YKVM_KICK, poll() its poll(); YKVM_WAIT, YKVM_KICK and YKVM_STATS are
 * ioctls here too, so that a reader made for /dev/ykvm is one for the socket.
 * shutdown(SHUT_RD) gives the interface back and leaves what is in the ring to
 * be read; close() does all of it.
 *
 * Without mmap() it is a packet socket like others, a copy and a call a frame:
 *   recvmsg()	takes the oldest frame. MSG_TRUNC is set if bytes of it are missing, and given, has the frame's
 *		own length returned. With room for control data, its struct ykvm_frame comes as ZEROCOPY_FRAME.
 *		A ring has one reader: EBUSY once an area was mapped.
 *   sendmsg()	sends one frame, from the MAC header on, without FCS. No address is needed, nor taken.
 *   bind()	without ZEROCOPY_SETUP makes a ring of the kernel's memory that drops the newest when full.
 *
 * SO_RCVTIMEO, SO_SNDTIMEO, SO_SNDBUF, SO_PRIORITY, SO_MARK and SO_ERROR mean what they mean elsewhere; SO_RCVBUF
 * and SO_ATTACH_FILTER mean nothing: the ring is the one, ZEROCOPY_FILTER the other.
 */
#ifndef _UAPI_PF_ZEROCOPY_H
#define _UAPI_PF_ZEROCOPY_H

#include "ykvm.h"

/*
 * The number of a family that Linux names and never had (AF_SNA). The module's parameter `family` is another one; a
 * program finds it in ZEROCOPY_FAMILY_FILE.
 */
#define PF_ZEROCOPY 22
#define AF_ZEROCOPY PF_ZEROCOPY
#define ZEROCOPY_FAMILY_FILE "/sys/module/pf_zerocopy/parameters/family"

/* As long as struct sockaddr. */
struct sockaddr_zerocopy {
	__u16 sz_family; /* the socket's */
	__u16 sz_flags; /* YKVM_BIND_*, as the others in struct ykvm_bind */
	__u32 sz_ifindex; /* getsockname(): 0 if none was bound */
	__u32 sz_member;
	__u32 sz_members;
};

#define SOL_ZEROCOPY 0x5a43

/* Options; also the type of a control message. */
#define ZEROCOPY_SETUP 1 /* struct ykvm_setup, set: what is "in" there; get: what is "out" */
#define ZEROCOPY_FILTER 2 /* struct ykvm_filter; set */
#define ZEROCOPY_STATS 3 /* struct ykvm_stats; get */
#define ZEROCOPY_FRAME 4 /* struct ykvm_frame; a control message of recvmsg() */

#ifndef __cplusplus
_Static_assert(sizeof(struct sockaddr_zerocopy) == 16, "ABI");
#endif

#endif
