/** The page's entry point. */
import './no-eval.ts';
import { render } from 'preact';
import '@fontsource-variable/literata/wght.css';
import './styles/base.css';
import './styles/home.css';
import './styles/lecture.css';
import './styles/conversation.css';
import { App } from './app.tsx';
import { Services, ServicesContext } from './services.ts';
import { followAddress } from './ui/route.ts';

const services = new Services();
followAddress();
services.connection.start();
const root = document.getElementById('page');
if (root !== null) {
  render(
    <ServicesContext.Provider value={services}>
      <App />
    </ServicesContext.Provider>,
    root,
  );
}
