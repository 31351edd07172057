import type { ComponentChildren } from 'preact';

function Icon({ children }: { children: ComponentChildren }) {
  return (
    <svg viewBox="0 0 20 20" width="18" height="18" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"
      stroke-linejoin="round" aria-hidden="true">{children}</svg>
  );
}

export const Sun = () => <Icon><circle cx="10" cy="10" r="3.6" /><path d="M10 2v1.6M10 16.4V18M2 10h1.6M16.4 10H18M4.3 4.3l1.2 1.200M14.5 14.500l1.2 1.200M4.3 15.700l1.2-1.200M14.5 5.500l1.2-1.2" /></Icon>;
export const Moon = () => <Icon><path d="M16.5 12.200A7 7 0 0 1 7.8 3.500a7 7 0 1 0 8.7 8.700Z" /></Icon>;
export const Pause = () => <Icon><path d="M7.5 5v10M12.5 5v10" /></Icon>;
export const Play = () => <Icon><path d="M7 4.800v10.400l8-5.200Z" /></Icon>;
export const Close = () => <Icon><path d="M5 5l10 10M15 5L5 15" /></Icon>;
export const Check = () => <Icon><path d="M4.5 10.500l3.6 3.6 7.4-8.2" /></Icon>;
export const Cross = () => <Icon><path d="M5.5 5.500l9 9M14.5 5.500l-9 9" /></Icon>;
export const Copy = () => <Icon><rect x="7" y="7" width="9.5" height="9.5" rx="1.8" /><path d="M13 7V5.300A1.8 1.8 0 0 0 11.2 3.500H5.300A1.8 1.8 0 0 0 3.5 5.300v5.900A1.8 1.8 0 0 0 5.3 13H7" /></Icon>;
export const Arrow = () => <Icon><path d="M8 5l5 5-5 5" /></Icon>;
