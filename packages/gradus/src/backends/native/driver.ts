import { createHash } from "node:crypto";
import { LENGTH, WORDS } from "../../runtime/program.ts";
import { probe } from "./probe.ts";

/**
 * The C that runs programs: one engine holds a heap, a table of kernels and the threads. What lies between two barriers
 * is a phase, cut into as many shares as there are threads. Each thread claims its own share; one that is done takes
 * over shares that nobody has begun, so that a thread that sleeps or was preempted holds nobody up. The shares, and
 * with them the bits, do not depend on who runs them. Threads without work spin for some microseconds, then sleep.
 */
const SOURCE = String.raw`#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#ifdef __linux__
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

typedef void kernel(char *base, const int64_t *args, int64_t begin, int64_t end, int64_t t);
typedef _Atomic uint32_t word;

/* impatient: the thread of this rank had to take over a share last time. */
typedef struct { _Alignas(64) word of; int impatient; } claim;

/* A place in a program: the next instruction and the loops around it. */
enum { DEPTH = 32 };
typedef struct {
  const int64_t *at;
  int depth;
  struct { const int64_t *body; int64_t t, step, left; } loops[DEPTH];
} place;

typedef struct engine {
  char *base;
  int64_t bytes;
  kernel **kernels;
  int64_t capacity;
  int threads, started;
  pthread_t *handles;
  claim *claims;
  /* Even: a phase runs; odd: none does. A share is open while its claim equals the phase. */
  _Alignas(64) word phase;
  /* Where the phase begins. Read by whoever holds a claim in it, written by whoever ends the phase before. On the
     cache line of the phase, so that both travel at once. */
  place start;
  /* Shares done in this phase. */
  _Alignas(64) word arrived;
  /* At least the number of threads asleep that nobody has woken yet. */
  _Alignas(64) word sleepers;
  _Alignas(64) word stop;
} engine;

/* Waiting: spin, let others run, sleep. -------------------------------------------------------------------------- */
enum { PATIENCE = 2000, SPIN = 40000, YIELDS = 8 };

static inline void pause_a_little(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}
static int64_t now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * 1000000000LL + at.tv_nsec;
}
#ifdef __linux__
static void sleep_while(word *at, uint32_t value) {
  syscall(SYS_futex, at, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}
static void wake_all(word *at) {
  syscall(SYS_futex, at, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
}
#else
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static void sleep_while(word *at, uint32_t value) {
  pthread_mutex_lock(&lock);
  while (atomic_load(at) == value) pthread_cond_wait(&changed, &lock);
  pthread_mutex_unlock(&lock);
}
static void wake_all(word *at) {
  (void)at;
  pthread_mutex_lock(&lock);
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
}
#endif

/* Spins for some nanoseconds; true when the phase has passed. */
static int passed(engine *e, uint32_t phase, int64_t nanoseconds) {
  /* A pause takes up to 50 ns: too long for a phase that ends at any moment. */
  for (int i = 0; i < 100; i++) if (atomic_load_explicit(&e->phase, memory_order_acquire) != phase) return 1;
  for (const int64_t until = now() + nanoseconds; now() < until; ) {
    for (int i = 0; i < 16; i++) {
      if (atomic_load_explicit(&e->phase, memory_order_acquire) != phase) return 1;
      pause_a_little();
    }
  }
  return 0;
}
/* A sleeper is counted before it looks for the last time, and whoever changes the phase looks at the count afterwards:
   no wake is lost. */
static void wait_until_passed(engine *e, uint32_t phase) {
  if (passed(e, phase, SPIN)) return;
  for (int i = 0; i < YIELDS; i++) {
    sched_yield();
    if (atomic_load_explicit(&e->phase, memory_order_acquire) != phase) return;
  }
  for (;;) {
    atomic_fetch_add(&e->sleepers, 1);
    if (atomic_load(&e->phase) != phase) return;
    sleep_while(&e->phase, phase);
  }
}
static void publish(engine *e, uint32_t phase) {
  atomic_store(&e->phase, phase);
  if (atomic_load(&e->sleepers) != 0) {
    atomic_store(&e->sleepers, 0);
    wake_all(&e->phase);
  }
}

/* Programs. -------------------------------------------------------------------------------------------------------- */
enum { ${Object.entries(WORDS).map(([name, code]) => `${name} = ${code}`).join(", ")} };
static const int LENGTH[] = { ${LENGTH.join(", ")} };

/* As share.ts: where a point of [0, total) cuts the units of a call that stands for [from, to). */
static inline int64_t cut(int64_t units, int64_t from, int64_t to, int64_t point) {
  if (point <= from) return 0;
  if (point >= to) return units;
  return (int64_t)((__int128)(point - from) * units / (to - from));
}
static inline int64_t border(int64_t total, int rank, int threads) {
  return (int64_t)((__int128)total * rank / threads);
}
static void call(engine *e, const int64_t *at, int64_t t, int rank, int threads) {
  const int64_t units = at[3], from = at[4], to = at[5], total = at[6];
  int64_t begin = 0, end = units;
  if (total == 0) {
    if (rank != 0) return;
  } else if (threads > 1) {
    begin = cut(units, from, to, border(total, rank, threads));
    end = cut(units, from, to, border(total, rank + 1, threads));
  }
  if (begin < end) e->kernels[at[1]](e->base, (const int64_t *)(e->base + at[2]), begin, end, t);
}
/* Past the END that closes the block. */
static const int64_t *skip(const int64_t *at) {
  for (int depth = 1;; at += LENGTH[at[0]]) {
    if (at[0] == LOOP || at[0] == REVERSE) depth++;
    else if (at[0] == END && --depth == 0) return at + 1;
  }
}
/* Runs a share: from a place to past the next barrier (true) or to the end of the program (false). */
static int walk(engine *e, place *p, int rank, int threads) {
  for (;;) {
    const int64_t *at = p->at;
    p->at = at + LENGTH[at[0]];
    switch (at[0]) {
      case CALL: call(e, at, p->depth == 0 ? 0 : p->loops[p->depth - 1].t, rank, threads); break;
      case BARRIER: return 1;
      case GUARD: if (*(const volatile uint32_t *)(e->base + at[1]) == 0) return 0; break;
      case LOOP: case REVERSE: {
        const int64_t count = at[1];
        if (count <= 0) { p->at = skip(p->at); break; }
        if (p->depth == DEPTH) {
          fputs("gradus: a program nests loops more than 32 deep\n", stderr);
          abort();
        }
        const int forward = at[0] == LOOP;
        p->loops[p->depth].body = p->at;
        p->loops[p->depth].t = forward ? 0 : count - 1;
        p->loops[p->depth].step = forward ? 1 : -1;
        p->loops[p->depth++].left = count;
        break;
      }
      case END:
        if (--p->loops[p->depth - 1].left == 0) p->depth--;
        else {
          p->loops[p->depth - 1].t += p->loops[p->depth - 1].step;
          p->at = p->loops[p->depth - 1].body;
        }
        break;
      default: return 0;
    }
  }
}

/* Threads. --------------------------------------------------------------------------------------------------------- */

static inline void copy(place *to, const place *from) {
  to->at = from->at;
  to->depth = from->depth;
  for (int i = 0; i < from->depth; i++) to->loops[i] = from->loops[i];
}
/* Runs a share if nobody has begun it. Until it has arrived, the phase stays, and with it the place. */
static int take(engine *e, uint32_t phase, int rank) {
  uint32_t open = phase;
  if (!atomic_compare_exchange_strong(&e->claims[rank].of, &open, phase + 2)) return 0;
  place p;
  copy(&p, &e->start);
  const int more = walk(e, &p, rank, e->threads);
  if (atomic_fetch_add(&e->arrived, 1) == (uint32_t)e->threads - 1) {
    atomic_store_explicit(&e->arrived, 0, memory_order_relaxed);
    copy(&e->start, &p);
    publish(e, more ? phase + 2 : phase + 1);
  }
  return 1;
}
/* One thread's part in a phase, at most all of it. */
static void join(engine *e, uint32_t phase, int rank) {
  int *impatient = &e->claims[rank].impatient;
  /* The others get a moment to begin, unless they did not use it last time. */
  if (take(e, phase, rank) && passed(e, phase, *impatient ? 0 : PATIENCE)) return;
  *impatient = 0;
  for (int other = 0; other < e->threads; other++) {
    if (atomic_load_explicit(&e->claims[other].of, memory_order_relaxed) == phase) *impatient |= take(e, phase, other);
  }
  wait_until_passed(e, phase);
}

typedef struct { engine *e; int rank; } worker;
static void *work(void *given) {
  const worker w = *(worker *)given;
  free(given);
  while (!atomic_load(&w.e->stop)) {
    const uint32_t phase = atomic_load(&w.e->phase);
    if (phase & 1) wait_until_passed(w.e, phase);
    else join(w.e, phase, w.rank);
  }
  return NULL;
}
/* Starts the threads, on the first program that can use them. Signals stay with the threads that were there. */
static void start_threads(engine *e) {
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  for (e->started = 1; e->started < e->threads; e->started++) {
    worker *w = malloc(sizeof *w);
    if (w != NULL) *w = (worker){ e, e->started };
    if (w == NULL || pthread_create(&e->handles[e->started], NULL, work, w) != 0) {
      /* The machine gives no more: shares without a thread are taken over. */
      free(w);
      break;
    }
  }
  pthread_sigmask(SIG_SETMASK, &old, NULL);
}

void gradus_run(int64_t engine_at, int64_t offset, int32_t parallel) {
  engine *e = (engine *)engine_at;
  e->start.at = (const int64_t *)(e->base + offset);
  e->start.depth = 0;
  if (!parallel || e->threads == 1) {
    while (walk(e, &e->start, 0, 1)) {}
    return;
  }
  if (!e->started) start_threads(e);
  uint32_t phase = atomic_load(&e->phase) + 1;
  publish(e, phase);
  for (; !(phase & 1); phase = atomic_load(&e->phase)) join(e, phase, 0);
}

/* The engine. ------------------------------------------------------------------------------------------------------ */
int64_t gradus_create(int64_t bytes, int32_t threads) {
  int flags = MAP_PRIVATE | MAP_ANON;
#ifdef MAP_NORESERVE
  flags |= MAP_NORESERVE;
#endif
  char *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (base == MAP_FAILED) return 0;
#ifdef MADV_HUGEPAGE
  madvise(base, bytes, MADV_HUGEPAGE);
#endif
  engine *e = NULL;
  claim *claims = NULL;
  pthread_t *handles = calloc(threads, sizeof *handles);
  if (handles == NULL || posix_memalign((void **)&e, 64, sizeof *e) != 0 ||
      posix_memalign((void **)&claims, 64, threads * sizeof *claims) != 0) {
    munmap(base, bytes);
    free(handles);
    free(e);
    return 0;
  }
  memset(e, 0, sizeof *e);
  e->base = base;
  e->bytes = bytes;
  e->threads = threads;
  e->handles = handles;
  e->claims = claims;
  atomic_store(&e->phase, 1);
  memset(claims, 0, threads * sizeof *claims);
  for (int rank = 0; rank < threads; rank++) atomic_store(&claims[rank].of, 2);
  return (int64_t)e;
}
void gradus_destroy(int64_t engine_at) {
  engine *e = (engine *)engine_at;
  atomic_store(&e->stop, 1);
  /* Another odd number: nothing to do, but a reason to look. */
  atomic_fetch_add(&e->phase, 2);
  wake_all(&e->phase);
  for (int rank = 1; rank < e->started; rank++) pthread_join(e->handles[rank], NULL);
  munmap(e->base, e->bytes);
  free(e->handles);
  free(e->claims);
  free(e->kernels);
  free(e);
}
/* A loaded file, or 0; never closed, since its code may be in use elsewhere. */
int64_t gradus_open(const char *path) {
  return (int64_t)dlopen(path, RTLD_NOW | RTLD_LOCAL);
}
const char *gradus_error(void) {
  const char *said = dlerror();
  return said == NULL ? "unknown" : said;
}
/* Enters a kernel under its number; 0 when the file does not have it. */
int32_t gradus_bind(int64_t engine_at, int32_t number, int64_t file, const char *symbol) {
  engine *e = (engine *)engine_at;
  void *found = dlsym((void *)file, symbol);
  if (found == NULL) return 0;
  if (number >= e->capacity) {
    int64_t capacity = 2 * e->capacity + 64 > number ? 2 * e->capacity + 64 : number + 1;
    kernel **grown = realloc(e->kernels, capacity * sizeof *grown);
    if (grown == NULL) return 0;
    memset(grown + e->capacity, 0, (capacity - e->capacity) * sizeof *grown);
    e->kernels = grown;
    e->capacity = capacity;
  }
  e->kernels[number] = (kernel *)found;
  return 1;
}
void gradus_write(int64_t engine_at, int64_t offset, const void *data, int64_t bytes) {
  memcpy(((engine *)engine_at)->base + offset, data, bytes);
}
void gradus_read(int64_t engine_at, int64_t offset, void *data, int64_t bytes) {
  memcpy(data, ((engine *)engine_at)->base + offset, bytes);
}
`;

/** The driver with the helpers of kernels, unused: where this compiles, they do. */
const CHECKED = SOURCE + probe();

export const DRIVER = {
  source: CHECKED,
  /** The name under which the cache knows it. */
  symbol: `driver_${createHash("sha256").update(CHECKED).digest("hex").slice(0, 24)}`,
};
