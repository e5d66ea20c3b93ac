/* libfuse 3's low-level interface; the API version is fixed here, before the first include. */
#ifndef UPLOADFS_CFUSE_SHIM_H
#define UPLOADFS_CFUSE_SHIM_H

#define FUSE_USE_VERSION 312
#include <fuse_lowlevel.h>

#endif
