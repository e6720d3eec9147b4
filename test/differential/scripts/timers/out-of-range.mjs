const timer = setTimeout(() => undefined, 2 ** 31);
console.log(timer._idleTimeout);
setTimeout(() => clearTimeout(timer), 5);
