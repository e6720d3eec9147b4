/** If init cannot start a child by path, the child finds the bundle and the addon at these descriptors. */
export const bundleDescriptor = 5;
export const addonDescriptor = 6;

export const bundlePath = `/proc/self/fd/${bundleDescriptor}`;

/** Whether this process runs the bundle that init keeps: see src/init/processes/own-files.ts. */
export const startedFromDescriptors = import.meta.url === `file://${bundlePath}`;
