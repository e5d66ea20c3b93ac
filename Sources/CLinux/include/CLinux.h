#ifndef UPLOADFS_CLINUX_H
#define UPLOADFS_CLINUX_H
int clinux_placeholder(void);
#endif
