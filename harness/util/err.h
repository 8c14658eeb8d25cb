/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One message, made where the context is known, carried to whoever prints it.
 *
 * Functions return 0 or -errno. The first message set wins: the deepest
 * caller knows the most. Plug-ins never print and never exit.
 */
#ifndef RXLAB_ERR_H
#define RXLAB_ERR_H

struct err {
	char text[512];
};

/* Sets the message unless one is set already; returns code, so that callers can `return err_set(e, -EINVAL, ...)`. */
int err_set(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* As err_set(), with ": strerror(errno)" after the message; returns -errno. */
int err_sys(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
