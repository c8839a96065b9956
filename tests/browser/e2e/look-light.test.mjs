// Every page, light.
import { lookAtEveryPage } from './look.mjs';

lookAtEveryPage('light');
