/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RXLAB_MODEL_H
#define RXLAB_MODEL_H

/* `rxlab model ...`; argv[0] is "model". Exit status: 0, 1 failed, 2 usage. */
int model_main(int argc, char **argv);

#endif
