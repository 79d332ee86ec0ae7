/* Tables of descriptors. While threads share one, the kernel counts who uses a file at each call:
 * 1 to 1.6 % of a round trip, which a program with one thread does not pay. So no thread that is
 * timed shares its table, where the system lets threads part (Linux). */

#ifdef __linux__
/* Part from the threads that there are: this one has a copy of its own from now on. */
static bool own_table(void) { return unshare(CLONE_FILES) == 0; }

/* A started request parts, and keeps no socket but its own: what another thread closes is closed. */
static void own_socket(int fd) {
    if (syscall(SYS_gettid) == getpid() || !own_table()) return;
    DIR *folder = opendir("/proc/thread-self/fd");
    for (struct dirent *one; folder && (one = readdir(folder));) {
        int other = atoi(one->d_name);
        struct stat about;
        if (other != fd && fstat(other, &about) == 0 && S_ISSOCK(about.st_mode)) close(other);
    }
    if (folder) closedir(folder);
}
#else
static bool own_table(void) { return false; }
static void own_socket(int fd) { (void)fd; }
#endif
