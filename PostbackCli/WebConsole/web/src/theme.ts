import { effect, signal } from '@preact/signals';

/** The chosen theme; null: that of the system. */
export const theme = signal(localStorage.getItem('theme') as 'light' | 'dark' | null);

export const isDark = () => (theme.value ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';

export const toggleTheme = () => { theme.value = isDark() ? 'light' : 'dark'; };

effect(() => {
  if (theme.value) {
    document.documentElement.dataset.theme = theme.value;
    localStorage.setItem('theme', theme.value);
  }
});
