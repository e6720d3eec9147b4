import { getHeapCodeStatistics, getHeapSpaceStatistics, getHeapStatistics } from "node:v8";

console.log(Object.keys(getHeapStatistics()), getHeapStatistics().heap_size_limit);
console.log(getHeapSpaceStatistics().map((space) => space.space_name));
console.log(Object.keys(getHeapCodeStatistics()));
