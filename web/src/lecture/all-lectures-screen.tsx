/** All lectures at once: one conversation, whose citations lead to the lecture and the place. */
import { ALL_LECTURES } from '../../../protocol/keys.ts';
import type { Citation } from '../../../protocol/messages.ts';
import { ConversationPanel } from '../conversation/conversation-panel.tsx';
import { useConversation } from '../conversation/use-conversation.ts';
import { BackIcon } from '../ui/icons.tsx';
import { HOME, lectureLink } from '../ui/route.ts';
import { useTitle } from '../ui/use-title.ts';

const nothing = (): void => undefined;

export function AllLecturesScreen() {
  useTitle('All lectures');
  const conversation = useConversation(ALL_LECTURES, nothing);
  return (
    <div class="lecture all show-talk">
      <div class="lecture-head">
        <a class="icon-only" href={HOME} aria-label="To your lectures">
          <BackIcon />
        </a>
        <h1 tabIndex={-1}>All lectures</h1>
      </div>
      <div class="panes">
        <ConversationPanel
          conversation={conversation}
          language={undefined}
          about="all of your lectures"
          onCitation={({ lectureId, start }: Citation) => {
            if (lectureId !== undefined) location.hash = lectureLink(lectureId, start);
          }}
        />
      </div>
    </div>
  );
}
