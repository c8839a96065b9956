// Every page, dark.
import { lookAtEveryPage } from './look.mjs';

lookAtEveryPage('dark');
