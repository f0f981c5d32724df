# The peer of bench/map.ps1: multiprocessing.Pool, started by fork, over one worker per core. Prints one number, as map-side.ps1 does.
#   python3 map.py trivial|ms|uneven|large|cpu|two|calibrate [ITEMS] [LOOPS] [CHUNK] [cold]
import multiprocessing
import os
import statistics
import sys
import time

kind = sys.argv[1]
items, loops, chunk = (int(sys.argv[i]) if len(sys.argv) > i else 1 for i in (2, 3, 4))
cold = 'cold' in sys.argv


def spin(rounds):
    total = 0
    for i in range(rounds):
        total = (total * 31 + i) % 1000003
    return 1


def work(item):
    if kind == 'large':
        return len(item)
    if kind == 'ms':
        return spin(loops)
    if kind == 'uneven':
        return spin(100 * loops if item % 100 == 50 else loops)
    if kind == 'cpu':
        return spin(25 * loops)
    return item * 2


def measure(pool, some):
    start = time.perf_counter()
    for _ in pool.imap(work, some, chunk):
        pass
    return time.perf_counter() - start


def main():
    if kind == 'calibrate':
        best = 1.0
        for _ in range(200):
            start = time.perf_counter()
            spin(20000)
            best = min(best, time.perf_counter() - start)
        return round(20 / best)

    if kind == 'two':
        all_items = [1, 2]
    elif kind == 'large':
        all_items = [str(number).ljust(102400, 'x') for number in range(1, items + 1)]
    else:
        all_items = range(1, items + 1)
    context = multiprocessing.get_context('fork')
    start = time.perf_counter()
    with context.Pool(os.cpu_count()) as pool:
        if cold:
            measure(pool, all_items)
            return time.perf_counter() - start
        some = all_items[:max(2, len(all_items) // 10)]
        count = len(some)
        expected = {'trivial': count * (count + 1), 'two': count * (count + 1), 'large': count * 102400}.get(kind, count)
        for _ in range(3):
            if sum(pool.imap(work, some, chunk)) != expected:
                raise RuntimeError('The results are wrong.')
        if kind == 'two':
            return statistics.median(measure(pool, all_items) for _ in range(items)) * 1000
        if kind == 'cpu':
            start = time.perf_counter()
            for item in all_items:
                work(item)
            alone = time.perf_counter() - start
            return alone / measure(pool, all_items)
        return measure(pool, all_items)


print(main())
