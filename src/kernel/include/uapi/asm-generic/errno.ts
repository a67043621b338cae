/** Error numbers, negative as kernel functions return them. Source: include/uapi/asm-generic/errno-base.h, errno.h. */
export const EIO = -5;
export const EAGAIN = -11;
export const EFAULT = -14;
export const ENOTBLK = -15;
export const EBUSY = -16;
export const EEXIST = -17;
export const EINVAL = -22;
export const ENOSPC = -28;
export const EROFS = -30;
export const ENODATA = -61;
export const EOPNOTSUPP = -95;
export const ETIMEDOUT = -110;
